package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// maxPrepared bounds what is remembered: few texts make up a start, but those with lists of rows come in all lengths.
const maxPrepared = 64

func (q *sqlite) commit(ctx context.Context, db *gorm.DB, steps []step) (id int64, err error) {
	pool, err := db.DB()
	if err != nil {
		return 0, err
	}
	prepared, err := q.prepare(ctx, pool, steps)
	if err != nil {
		return 0, err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	for i, s := range steps {
		last, err := run(ctx, tx, prepared[i], s)
		if err != nil {
			return 0, errors.Join(err, tx.Rollback())
		}
		if s.numbered {
			id = last
		}
	}
	return id, tx.Commit()
}

// run runs one step and returns its auto-increment value.
func run(ctx context.Context, tx *sql.Tx, prepared *sql.Stmt, s step) (id int64, err error) {
	statement := tx.StmtContext(ctx, prepared)
	defer func() { err = errors.Join(err, statement.Close()) }()
	result, err := statement.ExecContext(ctx, s.args...)
	if err != nil {
		return 0, err
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return 0, err
	}
	if s.one && changed != 1 {
		return 0, errUnchanged
	}
	return result.LastInsertId()
}

// prepare compiles what is not compiled yet, which takes SQLite as long as to run it. It must happen before the
// transaction begins, since that takes the only connection.
func (q *sqlite) prepare(ctx context.Context, pool *sql.DB, steps []step) ([]*sql.Stmt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := make([]*sql.Stmt, len(steps))
	for i, s := range steps {
		if q.prepared[s.sql] == nil {
			statement, err := pool.PrepareContext(ctx, s.sql)
			if err != nil {
				return nil, err
			}
			if err := q.remember(s.sql, statement); err != nil {
				return nil, err
			}
		}
		list[i] = q.prepared[s.sql]
	}
	return list, nil
}

// remember forgets all others when there are too many. Who is about to use one of those gets it compiled anew by
// database/sql.
func (q *sqlite) remember(text string, statement *sql.Stmt) (err error) {
	if len(q.prepared) >= maxPrepared {
		for _, old := range q.prepared {
			err = errors.Join(err, old.Close())
		}
		q.prepared = nil
	}
	if q.prepared == nil {
		q.prepared = make(map[string]*sql.Stmt, maxPrepared)
	}
	q.prepared[text] = statement
	return err
}
