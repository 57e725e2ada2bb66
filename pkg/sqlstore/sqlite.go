package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/gormlite"
	"gorm.io/gorm"
)

const (
	busyTimeout = time.Second
	maxReaders  = 4
)

// sqlite is a file that this process alone writes to.
type sqlite struct {
	path string

	mu       sync.Mutex
	prepared map[string]*sql.Stmt // of the writer, by text
}

// open gives writers one connection, so that they queue in order here and not by chance in SQLite; in WAL mode readers
// disturb nobody.
func (q *sqlite) open() (write, read *gorm.DB, err error) {
	if write, err = q.pool(1, "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)"); err != nil {
		return nil, nil, err
	}
	read, err = q.pool(maxReaders, "query_only(on)")
	return write, read, err
}

func (q *sqlite) pool(size int, pragmas ...string) (*gorm.DB, error) {
	query := url.Values{
		"vfs":      {privately},
		"_txlock":  {"immediate"}, // a reader that becomes a writer half-way would fail at once, busy or not
		"_timefmt": {timeLayout},
		"_pragma":  append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}, pragmas...),
	}
	file := url.URL{Scheme: "file", Path: q.path, RawQuery: query.Encode()}
	connector, err := (&driver.SQLite{}).OpenConnector(file.String())
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(dialling{connector})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return gorm.Open(gormlite.OpenDB(pool), config())
}

// migrate is one transaction that locks the file: it happens as a whole or not at all.
func (q *sqlite) migrate(ctx context.Context) (err error) {
	if err := os.MkdirAll(filepath.Dir(q.path), 0o750); err != nil {
		return fmt.Errorf("make the database's folder: %w", err)
	}
	patience := fmt.Sprintf("busy_timeout(%d)", time.Minute.Milliseconds()) // another process may be migrating
	db, err := q.pool(1, patience, "journal_mode(wal)", "synchronous(full)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closePool(db)) }()
	if err := ctx.Err(); err != nil {
		return err
	}
	// Once begun it is not cut short: it takes moments, and the library's migrator panics where its context ends, as it does
	// where its own transaction cannot begin.
	return db.WithContext(context.WithoutCancel(ctx)).Transaction(func(tx *gorm.DB) error {
		return migrate(tx, "sqlite", func(error) bool { return false })
	})
}

// fromNow has SQLite's milliseconds, in the layout of all times.
func (q *sqlite) fromNow() string {
	return "strftime('%Y-%m-%d %H:%M:%f000', 'now', (? / 1e6) || ' seconds')"
}

func (q *sqlite) rewritesIndexes() bool { return true }

func (q *sqlite) merge(key, columns []string) string {
	set := make([]string, len(columns))
	for i, column := range columns {
		set[i] = column + " = excluded." + column
	}
	return "ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// force need not say anything: SQLite takes an index as far as it goes.
func (q *sqlite) force(table, _ string) string { return table }

func (q *sqlite) kind(err error) fault {
	switch {
	case errors.Is(err, sqlite3.BUSY), errors.Is(err, sqlite3.LOCKED), errors.Is(err, sqlite3.INTERRUPT):
		return faultContended
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) && strings.Contains(err.Error(), "recordings.running_key"):
		return faultRunning
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) && strings.Contains(err.Error(), "idempotency_keys.idempotency_key"):
		return faultKeyUsed
	case errors.Is(err, sqlite3.CANTOPEN), errors.Is(err, sqlite3.IOERR), errors.Is(err, sqlite3.FULL), errors.Is(err, sqlite3.READONLY), lost(err):
		return faultDown
	default:
		return faultOther
	}
}
