package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Schema is how far a database's tables are.
type Schema string

// The schemas that Examine tells apart.
const (
	SchemaNone    Schema = "none"    // no tables of ours yet
	SchemaOlder   Schema = "older"   // an earlier version's; the next start, or migrate, brings it up to date
	SchemaCurrent Schema = "current" // this version's
	SchemaNewer   Schema = "newer"   // a later version's: this program refuses it
)

// Examination is what a database tells about itself.
type Examination struct {
	Server string        // such as MariaDB 10.11.6
	Tested bool          // not older than what this program is tested with
	Ahead  time.Duration // the server's clock less ours, to half a round trip; zero for SQLite, which has none of its own
	Took   time.Duration // one question and its answer
	Schema Schema
}

// Errors with which a database refuses us, beside those of the network.
var (
	ErrDenied     = errors.New("the database refuses these credentials")
	ErrForbidden  = errors.New("the database user may not do that")
	ErrNoDatabase = errors.New("there is no database of that name")
)

// Examine connects once, looks, and writes something that is taken back at once, to see whether that is allowed: a row
// where the tables are there, else a table. A database file of SQLite must exist. The returned Examination holds what
// was learnt until an error.
func Examine(ctx context.Context, url string) (seen Examination, err error) {
	s, err := Open(Options{URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return seen, err
	}
	defer func() { err = errors.Join(s.refusal(err), s.Close()) }()
	if err := s.dialect.introduce(ctx, s.read, &seen); err != nil {
		return seen, err
	}
	if seen.Schema, err = s.schema(ctx); err != nil || seen.Schema == SchemaNewer {
		return seen, err
	}
	if seen.Schema == SchemaCurrent {
		return seen, tryRow(ctx, s.write)
	}
	return seen, s.dialect.tryTable(ctx, s.write)
}

// schema reads which migrations the database has seen.
func (s *Store) schema(ctx context.Context) (Schema, error) {
	var applied []string
	err := s.read.WithContext(ctx).Table(migrationsTable).Pluck("id", &applied).Error
	switch {
	case err != nil && noSuchTable(err):
		return SchemaNone, nil
	case err != nil:
		return "", err
	case slices.ContainsFunc(applied, func(name string) bool { return !slices.Contains(history, name) }):
		return SchemaNewer, nil
	case slices.ContainsFunc(history, func(name string) bool { return !slices.Contains(applied, name) }):
		return SchemaOlder, nil
	default:
		return SchemaCurrent, nil
	}
}

// errTakenBack rolls a trial back.
var errTakenBack = errors.New("taken back")

// tryRow writes a row and takes it back before anybody can see it.
func tryRow(ctx context.Context, db *gorm.DB) error {
	err := db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("INSERT INTO "+migrationsTable+" (id) VALUES (?)", "a trial of doctor").Error; err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return fmt.Errorf("write: %w", err)
}

// refusal adds to an error what it means, where that is one of ours.
func (s *Store) refusal(err error) error {
	if err == nil {
		return nil
	}
	if meaning := s.dialect.refusal(err); meaning != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	return err
}
