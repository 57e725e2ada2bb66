// Package sqlstore keeps recordings, calls and the audit trail in a database: MySQL 8 and later, MariaDB 10.11 and
// later, or embedded SQLite. It implements recording.Store.
package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Options say which database to use and how.
type Options struct {
	// URL is sqlite:PATH or mysql://user:password@host:3306/name?tls=true, the password URL-encoded. MariaDB is mysql too.
	URL string
	// Lease is how long a row in work belongs to its owner without being renewed, by the database's clock; at least a
	// millisecond, default 8 s.
	Lease time.Duration
	// Log gets what users need not see; default slog.Default().
	Log *slog.Logger
}

// Store is a recording.Store in a database. Until Start or Migrate has reached the database and brought its schema up to
// date, every method returns recording.ErrStoreDown.
type Store struct {
	dialect     dialect
	read, write *gorm.DB // the same pool on MySQL; SQLite writes on one connection of its own
	tables      tables
	lease       time.Duration
	log         *slog.Logger

	up     chan struct{} // closed once the store can be used
	rise   sync.Once
	closed atomic.Bool
	cause  atomic.Pointer[error] // why it cannot be used yet

	stop context.CancelFunc // of the goroutine of Start; nil without one
	done chan struct{}

	nameless context.CancelFunc // of the goroutine of TakeName; nil without one
	unnamed  chan struct{}
}

var _ recording.Store = (*Store)(nil)

// Open reads the options and returns at once, whether or not the database can be reached; a fault in the URL is an
// error, which never holds the password. Close must be called.
func Open(o Options) (*Store, error) {
	if o.Lease == 0 {
		o.Lease = 8 * time.Second
	}
	if o.Lease < time.Millisecond {
		return nil, fmt.Errorf("a lease of %s is too short", o.Lease)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	d, err := parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database.url: %w", err)
	}
	s := &Store{dialect: d, lease: o.Lease, log: o.Log, up: make(chan struct{})}
	if s.write, s.read, err = d.open(); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if s.tables, err = newTables(s.write, d); err != nil {
		return nil, errors.Join(fmt.Errorf("read the row structs: %w", err), s.Close())
	}
	return s, nil
}

// Up is closed once the database has been reached and its schema is up to date.
func (s *Store) Up() <-chan struct{} { return s.up }

// Ready tells whether the store has come up. It stays true when the database goes away later: Ping asks for that.
func (s *Store) Ready() bool {
	select {
	case <-s.up:
		return !s.closed.Load()
	default:
		return false
	}
}

// usable is the first step of every method.
func (s *Store) usable() error {
	if s.Ready() {
		return nil
	}
	if cause := s.cause.Load(); cause != nil {
		return fmt.Errorf("%w: %w", recording.ErrStoreDown, *cause)
	}
	return fmt.Errorf("%w: not connected yet", recording.ErrStoreDown)
}

// Close ends the goroutines of Start and TakeName, waits for them, and closes all connections.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if s.stop != nil {
		s.stop()
		<-s.done
	}
	if s.nameless != nil {
		s.nameless()
		<-s.unnamed
	}
	errs := []error{closePool(s.write)}
	if s.read != s.write {
		errs = append(errs, closePool(s.read))
	}
	return errors.Join(errs...)
}

func closePool(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}
