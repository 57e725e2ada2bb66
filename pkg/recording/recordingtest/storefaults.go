package recordingtest

import (
	"context"
	"errors"
	"fmt"

	"ari-recorder/pkg/recording"
)

// faults are what a Store has been told to do wrong.
type faults struct {
	down bool
	next map[string][]fault // by method
}

type fault struct {
	err  error
	late bool // after the work was done
}

func newFaults() faults { return faults{next: make(map[string][]fault)} }

// Down makes every method return recording.ErrStoreDown until it is called with false.
func (s *Store) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.down = down
}

// FailNext makes the next call of the method return err and do nothing else. Called n times, it is for n calls.
func (s *Store) FailNext(method string, err error) { s.plan(method, fault{err: err}) }

// LoseAnswer makes the next call of the method do its work and then return recording.ErrStoreDown, as when the
// connection breaks after a commit. What the caller passed in stays as it was, as if nothing had been written.
func (s *Store) LoseAnswer(method string) {
	s.plan(method, fault{err: fmt.Errorf("%w: the answer was lost", recording.ErrStoreDown), late: true})
}

func (s *Store) plan(method string, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.next[method] = append(s.faults.next[method], f)
}

// do runs a method's work, unless it is to fail, and tells its caller.
func (s *Store) do(ctx context.Context, method string, work func() error, tell func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	planned := s.faults.take(method)
	if err := s.faults.early(ctx, planned); err != nil {
		return err
	}
	if err := work(); err != nil {
		return err
	}
	if planned.late {
		return planned.err
	}
	if tell != nil {
		tell()
	}
	return nil
}

func (f *faults) take(method string) fault {
	planned := f.next[method]
	if len(planned) == 0 {
		return fault{}
	}
	f.next[method] = planned[1:]
	return planned[0]
}

func (f *faults) early(ctx context.Context, planned fault) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case f.down || ctx.Err() != nil:
		return fmt.Errorf("%w: on request", recording.ErrStoreDown)
	case !planned.late:
		return planned.err
	default:
		return nil
	}
}
