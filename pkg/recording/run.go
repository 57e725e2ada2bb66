package recording

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Run notices ends, files recordings, renews leases, reconciles and erases what is to go, until ctx ends; it returns when
// everything that it has begun has stopped. Recordings in Asterisk go on.
func (s *Service) Run(ctx context.Context) {
	var all sync.WaitGroup
	for node := range s.signals {
		for range listeners {
			all.Go(func() { s.listen(ctx, s.signals[node]) })
		}
		for range filers {
			all.Go(func() { s.fileAll(ctx, s.filing[node]) })
		}
	}
	all.Go(func() { s.renew(ctx) })
	all.Go(func() { s.reconcileAll(ctx) })
	all.Go(func() { s.census(ctx) })
	all.Go(func() { s.lifecycle(ctx) })
	all.Wait()
	s.work.Wait()
	s.handOver()
}

// reconcileAll reconciles nodes that are restless as soon as they are due, each by itself, and all of them now and then: an
// event that never came would otherwise never be missed.
func (s *Service) reconcileAll(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	tick := time.NewTicker(reconcileTick)
	defer tick.Stop()
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.restless.markAll()
		case <-s.restless.wake:
		case <-next.C:
		}
		due, wait := s.restless.take(s.index.Nodes())
		for _, node := range due {
			work.Go(func() {
				defer s.restless.done(node)
				s.reconcileOne(ctx, node)
			})
		}
		next.Reset(wait)
	}
}

func (s *Service) reconcileOne(ctx context.Context, node string) {
	err := s.reconcile(ctx, node)
	switch {
	case err == nil:
		s.restless.calm(node)
		s.doom.back()
	case ctx.Err() == nil:
		level := slog.LevelWarn
		if errors.Is(err, ErrStoreDown) {
			level = slog.LevelInfo // the store says it itself, once
		}
		s.Log.Log(ctx, level, "reconciliation did not finish, it will be tried again", "node", node, "error", err)
		s.restless.mark(node)
	}
}
