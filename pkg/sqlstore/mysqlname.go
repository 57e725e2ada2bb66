package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

const (
	// nameIdle is after how long the server takes a silent holder for dead, as when its machine has vanished. A process that
	// ends in any other way is noticed at once.
	nameIdle = 5 * nameTick
	// namePatience is how long one's own name may still be held by a process that has just been killed.
	namePatience = time.Second
)

// mysqlName holds a name by a lock of the server's, which dies with its connection.
type mysqlName struct {
	schema string
	pool   *sql.DB
	conn   *sql.Conn // nil while there is none
}

func (m *mysqlServer) holder() holder {
	connector, err := driver.NewConnector(m.config)
	if err != nil {
		return nil // open has said so
	}
	pool := sql.OpenDB(dialling{connector})
	pool.SetMaxOpenConns(1)
	return &mysqlName{schema: m.config.DBName, pool: pool}
}

func (q *sqlite) holder() holder { return nil }

func (m *mysqlName) first(ctx context.Context, wanted string) (string, error) {
	patience := namePatience
	for n := 1; n <= maxNames; n++ {
		name := numbered(wanted, n)
		err := m.take(ctx, name, patience)
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, errNameTaken) {
			return wanted, err
		}
		patience = 0
	}
	return wanted, fmt.Errorf("%w, and all others like it are taken too", errNameTaken)
}

func (m *mysqlName) hold(ctx context.Context, name string) error {
	if m.conn != nil {
		var mine sql.NullBool
		err := m.conn.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", m.lock(name)).Scan(&mine)
		if err == nil && mine.Bool {
			return nil
		}
		if err != nil {
			m.drop()
		}
	}
	return m.take(ctx, name, 0)
}

func (m *mysqlName) take(ctx context.Context, name string, patience time.Duration) (err error) {
	if m.conn == nil {
		if err := m.connect(ctx); err != nil {
			return err
		}
	}
	var got sql.NullBool
	err = m.conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", m.lock(name), int(patience.Seconds())).Scan(&got)
	if err != nil {
		m.drop()
		return err
	}
	if !got.Bool {
		return errNameTaken
	}
	return nil
}

func (m *mysqlName) connect(ctx context.Context) (err error) {
	if m.conn, err = m.pool.Conn(ctx); err != nil {
		return err
	}
	if _, err = m.conn.ExecContext(ctx, fmt.Sprintf("SET SESSION wait_timeout = %d", int(nameIdle.Seconds()))); err != nil {
		m.drop()
	}
	return err
}

// drop forgets a connection that has failed; the server has closed it, or will.
func (m *mysqlName) drop() {
	_ = m.conn.Close() // broken is what it is
	m.conn = nil
}

func (m *mysqlName) close() error {
	if m.conn != nil {
		m.drop()
	}
	return m.pool.Close()
}

// lock is the name's lock. Locks are the server's, not the schema's, and their names are short, hence the hash.
func (m *mysqlName) lock(name string) string {
	return fmt.Sprintf("ari-recorder instance %x", sha256.Sum256([]byte(m.schema+"\x00"+name)))[:60]
}
