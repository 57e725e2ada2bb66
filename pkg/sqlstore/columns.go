package sqlstore

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// timeLayout is how times stand in SQLite: text that sorts as the times do, with microseconds like MySQL's DATETIME(6).
const timeLayout = "2006-01-02 15:04:05.000000"

// moment is a time of the domain in a column: UTC, cut to the microsecond, NULL for the zero time.
type moment time.Time

// Value cuts rather than rounds: a time must not move into the future.
func (m moment) Value() (driver.Value, error) {
	t := time.Time(m)
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// Scan reads what the drivers make of a DATETIME column.
func (m *moment) Scan(src any) error {
	switch t := src.(type) {
	case nil:
		*m = moment{}
	case time.Time:
		*m = moment(t.UTC())
	default:
		return fmt.Errorf("%T is no time", src)
	}
	return nil
}

// GormDataType tells GORM that a moment is a column and not a relation.
func (moment) GormDataType() string { return "time" }

// lease is written as a point in the future of the database's clock, which all instances share, or as NULL if it is
// zero. It is never read: only the database compares it.
type lease time.Duration

// Value is the argument of dialect.fromNow, in microseconds.
func (l lease) Value() (driver.Value, error) {
	if l == 0 {
		return nil, nil
	}
	return time.Duration(l).Microseconds(), nil
}

// GormDataType tells GORM that a lease is a column of times.
func (lease) GormDataType() string { return "time" }
