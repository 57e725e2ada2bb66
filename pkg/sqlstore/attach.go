package sqlstore

import (
	"context"
	"errors"
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
	schema, err := s.schema(ctx)
	switch {
	case err != nil:
		return s.fault(ctx, err)
	case schema == SchemaNewer:
		return ErrSchemaNewer
	case schema != SchemaCurrent:
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
