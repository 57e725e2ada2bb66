package lab

import (
	"context"
	"fmt"
	"io"
	"time"
)

// server is a daemon in a jail that can be killed and started again.
type server struct {
	jail  *jail
	argv  []string
	log   io.Writer // gets what the daemon says, if not nil
	ready func(context.Context) bool

	process *process // nil before the first start
}

// start runs the daemon and waits until it is ready; one that ends before is an error with its last words.
func (s *server) start(ctx context.Context) (err error) {
	if s.process, err = s.jail.run(s.log, s.argv...); err != nil {
		return err
	}
	err = until(ctx, 20*time.Millisecond, func() (bool, error) {
		if !s.running() {
			return false, fmt.Errorf("it ended at once: %w", s.process.ending)
		}
		return s.ready(ctx), nil
	})
	if err != nil {
		return fmt.Errorf("start %s: %w: %s", s.argv[0], err, s.process.said)
	}
	return nil
}

// restart starts the daemon again; one that still runs is killed first.
func (s *server) restart(ctx context.Context) error {
	if err := s.kill(); err != nil {
		return err
	}
	return s.start(ctx)
}

// running tells whether the daemon has been started and has not ended.
func (s *server) running() bool {
	if s.process == nil {
		return false
	}
	select {
	case <-s.process.exited:
		return false
	default:
		return true
	}
}

func (s *server) kill() error {
	if s.process == nil {
		return nil
	}
	return s.process.kill()
}
