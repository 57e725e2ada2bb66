package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/ncruces/go-sqlite3"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// ready is a store of the dialect that is up, without a database.
func ready(d dialect) *Store {
	s := &Store{dialect: d, up: make(chan struct{})}
	close(s.up)
	return s
}

func TestFaults(t *testing.T) {
	server := func(number uint16, message string) error {
		return &mysqldriver.MySQLError{Number: number, Message: message}
	}
	duplicate := "Duplicate entry '%s' for key '%s'"
	var down, running, conflict = recording.ErrStoreDown, recording.ErrRunning, recording.ErrConflict
	tests := []struct {
		name  string
		err   error
		want  error // nil for one of no special kind
		tries int
	}{
		{"deadlock", server(1213, ""), nil, tries + 1},
		{"lock time-out", server(1205, ""), nil, tries + 1},
		{"stale connection", driver.ErrBadConn, down, tries + 1},
		{"broken connection", mysqldriver.ErrInvalidConn, down, 1},
		{"refused", fmt.Errorf("%w: %w", down, &net.OpError{Op: "dial", Err: errors.New("refused")}), down, 1},
		{"reset", &net.OpError{Op: "read", Err: errors.New("reset")}, down, 1},
		{"end of file", io.ErrUnexpectedEOF, down, 1},
		{"shutdown", server(1053, ""), down, 1},
		{"killed, MariaDB", server(1927, ""), down, 1},
		{"running, MySQL", server(1062, fmt.Sprintf(duplicate, "default/1", "recordings.recordings_running_key")), running, 1},
		{"running, MariaDB", server(1062, fmt.Sprintf(duplicate, "default/1", "recordings_running_key")), running, 1},
		{"an id that looks like it", server(1062, fmt.Sprintf(duplicate, "recordings_running_key'", "recordings_id")), nil, 1},
		{"unchanged", errUnchanged, conflict, 1},
		{"unchanged, and no way to roll back", errors.Join(errUnchanged, driver.ErrBadConn), conflict, 1},
		{"syntax", server(1064, ""), nil, 1},
		{"too long", server(1406, ""), nil, 1},
		{"deadline", context.DeadlineExceeded, down, 1},
		{"canceled", context.Canceled, context.Canceled, 1},
		{"canceled while dialling", &net.OpError{Op: "dial", Err: context.Canceled}, context.Canceled, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, calls := ready(newMySQL("", "", "", "", "")), 0
			err := s.run(t.Context(), func() error { calls++; return test.err })
			require.Equal(t, test.tries, calls)
			require.Error(t, err)
			for _, known := range []error{down, running, conflict, context.Canceled} {
				require.Equal(t, errors.Is(test.want, known), errors.Is(err, known), "%v: %v", known, err)
			}
		})
	}
}

func TestRetriesUntilItWorks(t *testing.T) {
	s, calls := ready(&sqlite{}), 0
	require.NoError(t, s.run(t.Context(), func() error {
		if calls++; calls < 4 {
			return sqlite3.BUSY
		}
		return nil
	}))
	require.Equal(t, 4, calls)
}

func TestNoRetryWithoutTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, calls := ready(&sqlite{}), 0
	err := s.run(ctx, func() error { calls++; cancel(); return sqlite3.BUSY })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, calls)
}
