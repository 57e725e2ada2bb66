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
	for range attendants {
		all.Go(func() { s.attendAll(ctx) })
	}
	all.Go(func() { s.renew(ctx) })
	all.Go(func() { s.reconcileAll(ctx) })
	all.Go(func() { s.census(ctx) })
	all.Go(func() { s.lifecycle(ctx) })
	all.Wait()
	s.work.Wait()
	s.release()
	s.handOver()
}

// releaseBound is how long the end of the service may be held up by its last words.
const releaseBound = 2 * time.Second

// release writes until when this instance has followed who talks on the recorded calls, so that the next knows how long
// nobody did.
func (s *Service) release() {
	ctx, cancel := context.WithTimeout(context.Background(), releaseBound)
	defer cancel()
	for _, id := range s.parties.followed() {
		_, err := s.change(ctx, id, func(r *Recording) []Event {
			if !r.State.Running() || r.Owner != s.Instance {
				return nil
			}
			return []Event{{Kind: EventReleased, Detail: s.Instance + " stops; Asterisk goes on recording"}}
		})
		if err != nil {
			s.Log.DebugContext(ctx, "the end of the service could not be written into a recording's timeline", "recording", id, "error", err)
			return
		}
	}
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
