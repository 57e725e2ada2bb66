package sqlstore

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

// guard fails, with errOutOfRange, unless the statement before it changed exactly one row: e to the power of 1000 is more
// than a DOUBLE holds. Of what fails on MySQL and MariaDB alike this is the quickest; DO would not fail on MariaDB.
const guard = "SET @changed = EXP(IF(ROW_COUNT() = 1, 0, 1000))"

// commit sends BEGIN, the steps and COMMIT in one round trip, where one for each would take more than twice the time. The
// server stops at the first statement that fails; what was done by then is rolled back.
func (m *mysqlServer) commit(ctx context.Context, db *gorm.DB, steps []step) (id int64, err error) {
	pool, err := db.DB()
	if err != nil {
		return 0, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	ctx, cancel := patient(ctx)
	defer cancel()
	err = conn.Raw(func(c any) error {
		id, err = send(ctx, c.(connection), steps)
		return rollBack(ctx, c.(connection), err)
	})
	return id, err
}

// patient outlives ctx by the time that a server waits for a lock. The server has the whole transaction and goes on to
// COMMIT even if we hang up while it waits; a row that was reported as not written would then appear later.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lockWait+lockWait/2, cancel) })
	return longer, func() { stop(); cancel() }
}

// connection is what the driver's connections can do. Those of database/sql tell the last auto-increment value only.
type connection interface {
	sqldriver.ExecerContext
	sqldriver.NamedValueChecker
}

// send runs the transaction and returns what its numbered step got as auto-increment value.
func send(ctx context.Context, c connection, steps []step) (int64, error) {
	text, args, numbered := script(steps)
	values, err := convert(c, args)
	if err != nil {
		return 0, err
	}
	result, err := c.ExecContext(ctx, text, values)
	if err != nil || numbered < 0 {
		return 0, err
	}
	return result.(driver.Result).AllLastInsertIds()[numbered], nil
}

// script puts the transaction into one text and tells which of its statements is the numbered one, or -1.
func script(steps []step) (sql string, args []any, numbered int) {
	list := []string{"BEGIN"}
	numbered = -1
	for _, s := range steps {
		if s.numbered {
			numbered = len(list)
		}
		list, args = append(list, s.sql), append(args, s.args...)
		if s.one {
			list = append(list, guard)
		}
	}
	return strings.Join(append(list, "COMMIT"), ";"), args, numbered
}

// convert does for raw connections what database/sql does for others.
func convert(c connection, args []any) ([]sqldriver.NamedValue, error) {
	values := make([]sqldriver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: arg}
		if err := c.CheckNamedValue(&values[i]); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return values, nil
}

// rollBack ends the transaction if the server has refused something; after any other error there is no connection any
// more. One on which the transaction cannot be ended is reported as bad, so that the pool drops it.
func rollBack(ctx context.Context, c connection, err error) error {
	var refused *driver.MySQLError
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Number == errOutOfRange {
		err = errUnchanged
	}
	if _, stuck := c.ExecContext(ctx, "ROLLBACK", nil); stuck != nil {
		return errors.Join(err, fmt.Errorf("roll back: %w: %w", stuck, sqldriver.ErrBadConn))
	}
	return err
}
