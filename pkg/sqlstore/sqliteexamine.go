package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

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

// refusal knows no credentials: files are somebody's or not, as their errors say.
func (q *sqlite) refusal(error) error { return nil }
