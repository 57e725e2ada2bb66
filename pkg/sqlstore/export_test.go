package sqlstore

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// ExpireLeases makes the store a storetest.Ager.
func (s *Store) ExpireLeases(ctx context.Context) error {
	_, err := s.transaction().then(func(db *gorm.DB) *gorm.DB {
		return db.Model(&recordingRow{}).Where("lease_until IS NOT NULL").Update("lease_until", gorm.Expr(s.dialect.fromNow(), -1_000_000))
	}).commit(ctx)
	return err
}

// MigrateUpTo migrates as the program did when the named migration was its last, and leaves the store as it is.
func (s *Store) MigrateUpTo(ctx context.Context, name string) error {
	whole := history
	defer func() { history = whole }()
	history = history[:slices.Index(history, name)+1]
	return s.dialect.migrate(ctx)
}

// Exec runs a statement of a test's own.
func (s *Store) Exec(ctx context.Context, sql string) error {
	return s.write.WithContext(ctx).Exec(sql).Error
}

// Hold runs a statement in a transaction that stays open until release.
func (s *Store) Hold(statement string) (release func(), err error) {
	tx := s.write.Begin()
	return sync.OnceFunc(func() { tx.Rollback() }), tx.Exec(statement).Error
}

// KillOthers has the server close all connections to this database but its own one, and returns when it has done so.
func (s *Store) KillOthers(ctx context.Context) error {
	const others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	return s.write.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		conn = conn.Session(&gorm.Session{})
		for ; ; <-tick.C {
			var ids []int64
			if err := conn.Raw(others).Scan(&ids).Error; err != nil || len(ids) == 0 {
				return err
			}
			for _, id := range ids {
				conn.Exec("KILL ?", id) // one that has ended meanwhile is an error
			}
		}
	})
}

// Strings asks for a column of text.
func (s *Store) Strings(sql string) (list []string, err error) {
	return list, s.read.Raw(sql).Scan(&list).Error
}

// Schema describes all tables, columns and indexes.
func (s *Store) Schema() ([]string, error) {
	if s.read.Name() == "sqlite" {
		return s.Strings("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
	}
	columns, err := s.Strings("SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable, collation_name, ordinal_position) AS line FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY line")
	if err != nil {
		return nil, err
	}
	indexes, err := s.Strings("SELECT CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, non_unique) AS line FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY line")
	return append(columns, indexes...), err
}

// Columns lists the table's columns as the database has them: name, and NULL where that is allowed. What the database makes
// of other columns is left out.
func (s *Store) Columns(table string) ([]string, error) {
	query := "SELECT name || CASE WHEN \"notnull\" THEN '' ELSE ' NULL' END FROM pragma_table_info('" + table + "')"
	if s.read.Name() != "sqlite" {
		query = "SELECT CONCAT(column_name, IF(is_nullable = 'YES', ' NULL', '')) FROM information_schema.columns WHERE table_schema = DATABASE() AND COALESCE(generation_expression, '') = '' AND table_name = '" + table + "'"
	}
	columns, err := s.Strings(query)
	slices.Sort(columns)
	return columns, err
}

// Indexed lists the columns of recordings that are in an index, by themselves or through lifecycle and lifecycle_at, apart
// from its keys.
func (s *Store) Indexed() ([]string, error) {
	query := "SELECT DISTINCT i.name FROM pragma_index_list('recordings') l, pragma_index_info(l.name) i WHERE i.name NOT IN ('id', 'seq')"
	if s.read.Name() != "sqlite" {
		query = "SELECT DISTINCT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'recordings' AND column_name NOT IN ('id', 'seq')"
	}
	columns, err := s.Strings(query)
	made := func(column string) bool { return strings.HasPrefix(column, "lifecycle") }
	if slices.ContainsFunc(columns, made) {
		columns = append(slices.DeleteFunc(columns, made), "created_at", "deleted_at", "erase_asked_at", "erased_at")
	}
	slices.Sort(columns)
	return slices.Compact(columns), err
}

// RowIndexed lists the columns of recordings that the row struct says are in an index.
func RowIndexed(t *testing.T) (columns []string) {
	parsed, err := schema.Parse(recordingRow{}, &sync.Map{}, schema.NamingStrategy{})
	require.NoError(t, err)
	for _, field := range parsed.Fields {
		if _, indexed := field.TagSettings["INDEX"]; indexed {
			columns = append(columns, field.DBName)
		}
	}
	slices.Sort(columns)
	return columns
}

// RowColumns lists the columns that each table must have for the row structs, in the form of Columns. Pointers, moments
// and leases may be NULL.
func RowColumns(t *testing.T) map[string][]string {
	tables := make(map[string][]string)
	for _, row := range []any{recordingRow{}, trackRow{}, eventRow{}, callRow{}, legRow{}, auditRow{}, keyRow{}} {
		parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		for _, field := range parsed.Fields {
			require.NotEmpty(t, field.DBName, "%s.%s is no column", parsed.Table, field.Name)
			column := field.DBName
			if kind := field.FieldType.String(); strings.HasPrefix(kind, "*") || kind == "sqlstore.moment" || kind == "sqlstore.lease" {
				column += " NULL"
			}
			tables[parsed.Table] = append(tables[parsed.Table], column)
		}
		slices.Sort(tables[parsed.Table])
	}
	return tables
}
