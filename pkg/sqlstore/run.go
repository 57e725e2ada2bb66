package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Start connects and migrates in the background, again and again until it works. Close ends it; it must be called at
// most once.
func (s *Store) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.done = cancel, make(chan struct{})
	go func() {
		defer close(s.done)
		s.connect(ctx)
	}()
}

// Migrate connects and brings the schema up to date, once; then the store can be used. Any number of instances may do
// so at the same time. A schema that is newer than this program is an error.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.dialect.migrate(ctx); err != nil {
		err = s.fault(ctx, err)
		s.cause.Store(&err)
		return err
	}
	s.rise.Do(func() { close(s.up) })
	return nil
}

// connect tries until it works or ctx ends. The pauses stay below a second, so that a service that waited for its
// database is ready as soon as that is.
func (s *Store) connect(ctx context.Context) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = 50*time.Millisecond, 500*time.Millisecond
	said := ""
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.Migrate(ctx)
		if err != nil && err.Error() != said && ctx.Err() == nil { // the same line twice a second would bury all others
			said = err.Error()
			s.log.WarnContext(ctx, "the database cannot be used yet", "error", err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0))
	switch {
	case err == nil:
		s.log.InfoContext(ctx, "the database is ready")
	case !errors.Is(err, context.Canceled):
		s.log.ErrorContext(ctx, "gave up on the database", "error", err)
	}
}
