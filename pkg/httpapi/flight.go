package httpapi

import (
	"context"
	"errors"
	"sync"
	"time"
)

// probeBound is how long health waits for anything.
const probeBound = time.Second

var errSilent = errors.New("no answer in time")

// measure asks for a value that may take long or hang: once at a time, however many want it, so that a hanging disk or
// database costs one goroutine and not one for every request of a dashboard.
type measure[T any] struct {
	ask func(context.Context) (T, error)

	mu    sync.Mutex
	under *flight[T] // nil: nobody asks at the moment
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// begin asks, or joins those who wait already.
func (m *measure[T]) begin() *flight[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.under == nil {
		m.under = &flight[T]{done: make(chan struct{})}
		go m.run(m.under)
	}
	return m.under
}

func (m *measure[T]) run(f *flight[T]) {
	ctx, cancel := context.WithTimeout(context.Background(), probeBound)
	defer cancel()
	f.value, f.err = m.ask(ctx)
	m.mu.Lock()
	m.under = nil
	m.mu.Unlock()
	close(f.done)
}

// wait returns the value, or errSilent if it has not come when ctx ends.
func (f *flight[T]) wait(ctx context.Context) (T, error) {
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, errSilent
	}
}

// settle waits until nobody asks any more, or ctx ends.
func (m *measure[T]) settle(ctx context.Context) {
	m.mu.Lock()
	f := m.under
	m.mu.Unlock()
	if f == nil {
		return
	}
	select {
	case <-f.done:
	case <-ctx.Done():
	}
}
