package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"
	"gorm.io/gorm"
)

func (q *sqlite) introduce(ctx context.Context, db *gorm.DB, seen *Examination) error {
	var version string
	began := time.Now()
	if err := db.WithContext(ctx).Raw("SELECT sqlite_version()").Scan(&version).Error; err != nil {
		return err
	}
	seen.Server, seen.Tested, seen.Took = "SQLite "+version, true, time.Since(began)
	return nil
}

func (q *sqlite) tryTable(ctx context.Context, db *gorm.DB) error {
	err := db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("CREATE TABLE doctor_trial (n INTEGER)").Error; err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return fmt.Errorf("make a table: %w", err)
}

func (q *sqlite) refusal(err error) error {
	if errors.Is(err, sqlite3.READONLY) || errors.Is(err, sqlite3.CANTOPEN) || errors.Is(err, sqlite3.PERM) {
		return ErrForbidden
	}
	return nil
}
