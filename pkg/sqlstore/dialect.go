package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"ari-recorder/pkg/recording"
)

// dialect is what the databases do not have in common.
type dialect interface {
	// open makes the pools; nothing is dialled yet.
	open() (write, read *gorm.DB, err error)
	// migrate brings the schema up to date, one instance at a time.
	migrate(ctx context.Context) error
	// commit runs the steps in one transaction and returns the numbered one's auto-increment value. It returns errUnchanged,
	// with nothing written, if a step that must change exactly one row did not.
	commit(ctx context.Context, db *gorm.DB, steps []step) (int64, error)
	// fromNow is the database's clock moved by its one argument, in microseconds; NULL if that is NULL.
	fromNow() string
	// rewritesIndexes tells whether an UPDATE writes the indexes of all columns that it names, changed or not.
	rewritesIndexes() bool
	// merge is the end of an INSERT that overwrites the columns of rows whose key is there already.
	merge(key, columns []string) string
	// force is a table in a SELECT, to be read by the index.
	force(table, index string) string
	// kind tells faults apart.
	kind(err error) fault
	// holder reserves names of processes; nil if there can be only one process.
	holder() holder
	// introduce asks the database what it is and what time it has.
	introduce(ctx context.Context, db *gorm.DB, seen *Examination) error
	// tryTable makes a table and takes it away again.
	tryTable(ctx context.Context, db *gorm.DB) error
	// refusal returns what an error means, as one of the errors of Examine; nil if it is none of them.
	refusal(err error) error
}

// config is GORM's: transactions and the reporting of errors are ours.
func config() *gorm.Config {
	return &gorm.Config{SkipDefaultTransaction: true, DisableAutomaticPing: true, Logger: logger.Discard}
}

// dialling names every failure to open a connection, whatever its cause: refused, no such host, TLS, credentials. Only a
// caller that went away is no failure.
type dialling struct{ driver.Connector }

func (d dialling) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := d.Connector.Connect(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("%w: %w", recording.ErrStoreDown, err)
	}
	return conn, err
}
