package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
)

// The pool and the time-outs of a server that may be far away.
const (
	dialTimeout   = 5 * time.Second
	ioTimeout     = 10 * time.Second
	lockWait      = time.Second // in whole seconds, and far less than ioTimeout and a start
	maxOpen       = 16
	maxIdle       = maxOpen         // to dial and log in anew costs the server more than most transactions
	idleLifetime  = 3 * time.Minute // less than the time after which firewalls forget a connection
	totalLifetime = time.Hour       // so that a failover behind one name is found sooner or later
)

// mysqlServer is MySQL or MariaDB.
type mysqlServer struct{ config *driver.Config }

// newMySQL sets all that must not depend on the server's or the user's taste.
func newMySQL(user, password, address, name, tls string) *mysqlServer {
	c := driver.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName, c.TLSConfig = user, password, "tcp", address, name, tls
	c.Loc, c.ParseTime = time.UTC, true
	c.Timeout, c.ReadTimeout, c.WriteTimeout = dialTimeout, ioTimeout, ioTimeout
	c.InterpolateParams = true // one round trip instead of three for what is asked once
	c.MultiStatements = true   // see mysqlServer.commit
	c.Logger = &driver.NopLogger{}
	c.Params = map[string]string{
		"time_zone":                "'+00:00'",
		"sql_mode":                 "'STRICT_ALL_TABLES'", // a server that cuts long tags would mix recordings up
		"innodb_lock_wait_timeout": strconv.Itoa(int(lockWait.Seconds())),
	}
	return &mysqlServer{config: c}
}

func (m *mysqlServer) open() (write, read *gorm.DB, err error) {
	connector, err := driver.NewConnector(m.config)
	if err != nil {
		return nil, nil, err
	}
	pool := sql.OpenDB(dialling{connector})
	pool.SetMaxOpenConns(maxOpen)
	pool.SetMaxIdleConns(maxIdle)
	pool.SetConnMaxIdleTime(idleLifetime)
	pool.SetConnMaxLifetime(totalLifetime)
	write, err = gorm.Open(mysql.New(mysql.Config{Conn: pool, SkipInitializeWithVersion: true}), config())
	return write, write, err
}

// migrate works on a connection of its own without time-outs: altering a large table takes as long as it takes. The lock
// lives and dies with that connection.
func (m *mysqlServer) migrate(ctx context.Context) (err error) {
	patient := mysqlServer{config: m.config.Clone()}
	patient.config.ReadTimeout, patient.config.WriteTimeout = 0, 0
	db, _, err := patient.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closePool(db)) }()
	return db.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		conn = conn.Set("gorm:table_options", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
		conn = conn.Session(&gorm.Session{}) // else each statement would be added to the one before
		if err := lock(conn, m.config.DBName); err != nil {
			return err
		}
		return migrate(conn, "mysql", doneBefore)
	})
}

// doneBefore recognizes an ALTER TABLE whose work is there: each is carried out as a whole or not at all, so that one sign is
// enough.
func doneBefore(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && slices.Contains([]uint16{errColumnThere, errKeyThere, errNothingToDrop}, e.Number)
}

// lock waits until no other instance migrates this schema. Locks are the server's, not the schema's, and their names are
// short, hence the hash.
func lock(conn *gorm.DB, schema string) error {
	name := fmt.Sprintf("ari-recorder %x", sha256.Sum256([]byte(schema)))[:40]
	var got sql.NullInt64
	const day = 24 * 60 * 60
	if err := conn.Raw("SELECT GET_LOCK(?, ?)", name, day).Scan(&got).Error; err != nil {
		return err
	}
	if got.Int64 != 1 {
		return errors.New("another instance holds the lock for migrations")
	}
	return nil
}

// Numbers of server errors, the same on MySQL and MariaDB where both have them.
const (
	errColumnThere   = 1060
	errKeyThere      = 1061
	errDuplicate     = 1062
	errNothingToDrop = 1091
	errLockTimeout   = 1205
	errDeadlock      = 1213
	errOutOfRange    = 1690
	runningKeySuffix = "recordings_running_key'"
	keyUseSuffix     = "idempotency_keys_key'"
)

// goingDown are sent on connections that the server is about to close: shutdown, kill, offline mode, idle for too long.
var goingDown = []uint16{1053, 1077, 1078, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 3032, 4031}

// cannotWrite are a full disk, a full table, and servers that are read-only, as a replica is.
var cannotWrite = []uint16{1021, 1114, 1290, 1792, 1836}

func (m *mysqlServer) fromNow() string { return "UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND" }

func (m *mysqlServer) rewritesIndexes() bool { return false }

func (m *mysqlServer) merge(_, columns []string) string {
	set := make([]string, len(columns))
	for i, column := range columns {
		set[i] = column + " = VALUES(" + column + ")"
	}
	return "ON DUPLICATE KEY UPDATE " + strings.Join(set, ", ")
}

func (m *mysqlServer) force(table, index string) string {
	return table + " FORCE INDEX (" + index + ")"
}

func (m *mysqlServer) kind(err error) fault {
	var e *driver.MySQLError
	switch {
	case !errors.As(err, &e):
		if lost(err) || errors.Is(err, driver.ErrInvalidConn) || errors.Is(err, driver.ErrMalformPkt) || errors.Is(err, driver.ErrPktSync) {
			return faultDown
		}
	case e.Number == errDeadlock, e.Number == errLockTimeout:
		return faultContended
	case e.Number == errDuplicate && strings.HasSuffix(e.Message, runningKeySuffix): // the key is the message's last word
		return faultRunning
	case e.Number == errDuplicate && strings.HasSuffix(e.Message, keyUseSuffix):
		return faultKeyUsed
	case slices.Contains(goingDown, e.Number), slices.Contains(cannotWrite, e.Number):
		return faultDown
	}
	return faultOther
}
