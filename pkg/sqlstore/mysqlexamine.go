package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

func (m *mysqlServer) introduce(ctx context.Context, db *gorm.DB, seen *Examination) error {
	if err := db.WithContext(ctx).Exec("DO 0").Error; err != nil { // connects: what follows is one round trip
		return err
	}
	var said struct {
		Version string
		Now     time.Time
	}
	began := time.Now()
	if err := db.WithContext(ctx).Raw("SELECT VERSION() AS version, UTC_TIMESTAMP(6) AS now").Scan(&said).Error; err != nil {
		return err
	}
	seen.Took = time.Since(began)
	seen.Ahead = said.Now.Sub(began.Add(seen.Took / 2))
	seen.Server, seen.Tested = readVersion(said.Version)
	return nil
}

// readVersion reads 10.11.6-MariaDB-0+deb12u1 as MariaDB 10.11.6, and 9.7.0 as MySQL 9.7.0.
func readVersion(text string) (server string, tested bool) {
	number, _, _ := strings.Cut(text, "-")
	var major, minor int
	_, err := fmt.Sscanf(number, "%d.%d", &major, &minor)
	if strings.Contains(text, "MariaDB") {
		return "MariaDB " + number, err == nil && (major > 10 || major == 10 && minor >= 11)
	}
	return "MySQL " + number, err == nil && major >= 8
}

// tryTable cannot roll back: these servers commit whenever a table is made.
func (m *mysqlServer) tryTable(ctx context.Context, db *gorm.DB) error {
	name := "doctor_" + strings.ToLower(rand.Text())
	if err := db.WithContext(ctx).Exec("CREATE TABLE " + name + " (n INT)").Error; err != nil {
		return fmt.Errorf("make a table: %w", err)
	}
	if err := db.WithContext(context.WithoutCancel(ctx)).Exec("DROP TABLE " + name).Error; err != nil {
		return fmt.Errorf("drop table %s: %w", name, err)
	}
	return nil
}

func (m *mysqlServer) refusal(err error) error {
	var e *driver.MySQLError
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Number {
	case 1045, 1698: // access denied, also to root by the socket only
		return ErrDenied
	case 1044, 1142, 1143, 1227: // to the database, a table, a column, the operation
		return ErrForbidden
	case 1049:
		return ErrNoDatabase
	default:
		return nil
	}
}
