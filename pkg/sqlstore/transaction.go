package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// step is one statement of a transaction.
type step struct {
	sql      string
	args     []any
	one      bool // it must change exactly one row, else nothing may be committed
	numbered bool // its auto-increment value is what the commit returns
}

// errUnchanged is returned by a commit with a step that did not change its one row.
var errUnchanged = errors.New("no row was changed")

// transaction is known as a whole before it begins. That lets MySQL have it in one round trip, which a start waits for.
type transaction struct {
	store *Store
	steps []step
	err   error
}

// transaction begins with the steps.
func (s *Store) transaction(steps ...step) *transaction { return &transaction{store: s, steps: steps} }

// then adds the statement that GORM makes of write, without running it.
func (t *transaction) then(write func(*gorm.DB) *gorm.DB) *transaction {
	db := write(t.store.write.Session(&gorm.Session{DryRun: true, NewDB: true}))
	if db.Error != nil && t.err == nil {
		t.err = fmt.Errorf("write SQL: %w", db.Error)
	}
	t.steps = append(t.steps, step{sql: db.Statement.SQL.String(), args: db.Statement.Vars})
	return t
}

// commit runs the transaction, again if it lost against another one, and returns the auto-increment value of its
// numbered statement, if it has one.
func (t *transaction) commit(ctx context.Context) (id int64, err error) {
	if t.err != nil {
		return 0, t.err
	}
	err = t.store.run(ctx, func() error {
		id, err = t.store.dialect.commit(ctx, t.store.write, t.steps)
		return err
	})
	return id, err
}

// query runs reading statements, again if the connection turned out to be stale.
func (s *Store) query(ctx context.Context, read func(*gorm.DB) error) error {
	return s.run(ctx, func() error { return read(s.read.WithContext(ctx)) })
}
