package sqlstore

import (
	"context"
	"errors"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"
)

// What Attach returns of a database that another version of this program keeps.
var (
	ErrSchemaOlder = errors.New("the database's tables are not those of this version; run ari-recorder migrate first")
	ErrSchemaNewer = errors.New("the database was migrated by a newer version of this program; use that version")
)

// Attach connects once and changes nothing: for who works beside the service that keeps the database. It returns
// ErrSchemaOlder or ErrSchemaNewer if the tables are not this program's.
func (s *Store) Attach(ctx context.Context) error {
	var applied []string
	err := s.read.WithContext(ctx).Table("schema_migrations").Pluck("id", &applied).Error
	switch {
	case err != nil && noSuchTable(err):
		return ErrSchemaOlder
	case err != nil:
		return s.fault(ctx, err)
	case slices.ContainsFunc(applied, func(name string) bool { return !slices.Contains(history, name) }):
		return ErrSchemaNewer
	case slices.ContainsFunc(history, func(name string) bool { return !slices.Contains(applied, name) }):
		return ErrSchemaOlder
	}
	s.rise.Do(func() { close(s.up) })
	return nil
}

const errNoSuchTable = 1146

// noSuchTable reads SQLite's words: it has no code for that.
func noSuchTable(err error) bool {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number == errNoSuchTable
	}
	return strings.Contains(err.Error(), "no such table")
}
