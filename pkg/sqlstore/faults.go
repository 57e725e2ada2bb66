package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"

	"ari-recorder/pkg/recording"
)

// fault is what kind of error a database returned.
type fault int

const (
	faultOther     fault = iota
	faultDown            // the connection could not be made or is lost
	faultContended       // it lost against another transaction and may be tried again
	faultRunning         // the running key is taken
	faultKeyUsed         // so is the idempotency key
)

// tries and the pauses between them are for transactions that lost against another; they stay far below the 5 s of a start.
const (
	tries      = 6
	firstPause = 2 * time.Millisecond
	longPause  = 50 * time.Millisecond
)

// run does the work if the store is usable, again while it is only contended, and turns its error into the domain's
// words.
func (s *Store) run(ctx context.Context, work func() error) error {
	if err := s.usable(); err != nil {
		return err
	}
	err := work()
	if s.mayRetry(ctx, err) {
		err = s.retry(ctx, work)
	}
	return s.fault(ctx, err)
}

// mayRetry tells whether an error leaves nothing behind: the transaction was rolled back, or its connection proved stale
// before anything was sent on it.
func (s *Store) mayRetry(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || errors.Is(err, errUnchanged) {
		return false
	}
	kind := s.dialect.kind(err)
	return kind == faultContended || kind == faultDown && errors.Is(err, driver.ErrBadConn)
}

func (s *Store) retry(ctx context.Context, work func() error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstPause, longPause
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := work()
		if err != nil && !s.mayRetry(ctx, err) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(tries))
	return err
}

// fault turns what a driver returned into the domain's errors. A caller that went away is no fault of the database.
func (s *Store) fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	kind := s.dialect.kind(err)
	if kind == faultContended && ctx.Err() != nil { // SQLite does not say that it stopped waiting because of ctx
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	switch {
	case errors.Is(err, errUnchanged):
		return recording.ErrConflict
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("database: %w", err)
	case errors.Is(err, recording.ErrStoreDown):
		return err
	case kind == faultDown, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", recording.ErrStoreDown, err)
	case kind == faultRunning:
		return fmt.Errorf("%w: %w", recording.ErrRunning, err)
	case kind == faultKeyUsed:
		return fmt.Errorf("%w: %w", recording.ErrKeyUsed, err)
	default:
		return fmt.Errorf("database: %w", err)
	}
}

// lost tells whether an error of any driver means that the connection is gone. Not every net.Error does: SQLite's errors
// and contexts' look like one.
func lost(err error) bool {
	var network *net.OpError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}
