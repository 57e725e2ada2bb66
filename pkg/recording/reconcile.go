package recording

import (
	"context"
	"errors"
	"fmt"
)

// reconcile brings the rows of a node in step with what Asterisk has: recordings that run are taken back, those that
// ended are filed, those of which nothing exists are failed with a cause. Only rows that are this instance's, or whose
// owner is gone, are looked at; nothing else in Asterisk is touched.
func (s *Service) reconcile(ctx context.Context, node string) error {
	if !s.index.Ready(node) {
		return nil // its resync will ask again
	}
	remembered := s.running.onNode(node)
	rows, err := s.store.Claim(ctx, node, s.Instance)
	if err != nil {
		return fmt.Errorf("claim open recordings: %w", err)
	}
	var all error
	for _, r := range rows {
		if err := s.settleAlone(ctx, r); err != nil {
			all = errors.Join(all, fmt.Errorf("recording %s: %w", r.ID, err))
		}
		if isDown(all) {
			return all
		}
	}
	s.parties.review(node, s.now())
	for _, step := range []func(context.Context, string) error{s.watchCalls, s.recordCalls, s.hangUpStrays, s.sweepAll} {
		if err := step(ctx, node); err != nil {
			all = errors.Join(all, err)
		}
	}
	return errors.Join(all, s.forget(ctx, remembered))
}

// isDown tells whether going on is in vain. One row that cannot be settled must not hold up the others.
func isDown(err error) bool { return errors.Is(err, ErrStoreDown) || errors.Is(err, ErrSwitchDown) }

// forget gives back the places of recordings that another instance has ended without our hearing of it.
func (s *Service) forget(ctx context.Context, ids []string) error {
	for _, id := range ids {
		r, err := s.store.Get(ctx, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err != nil || !r.State.Running() || r.Owner != s.Instance {
			s.running.remove(id)
			s.parties.drop(id)
		}
	}
	return nil
}

// settleAlone decides on one open row once nothing else is under way on its channel.
func (s *Service) settleAlone(ctx context.Context, r *Recording) error {
	if r.State == Archiving {
		s.file(r)
		return nil
	}
	key, _ := r.RunningKey()
	release, err := s.flights.alone(ctx, key)
	if err != nil {
		return err
	}
	defer release()
	return s.settle(ctx, r)
}

// settle decides on a row that was running when it was read; the caller keeps everybody else off its channel.
func (s *Service) settle(ctx context.Context, r *Recording) error {
	r, err := s.store.Get(ctx, r.ID)
	if err != nil || !r.State.Running() {
		return err
	}
	live, err := s.alive(ctx, r)
	switch {
	case err != nil:
		return err
	case live != LiveGone && r.State == Stopping:
		if err := s.endTracks(ctx, r); err != nil {
			return err
		}
	case live != LiveGone:
		return s.adopt(ctx, r, live)
	}
	return s.bury(ctx, r)
}

// watchCalls looks at every recording whose channel was alive when last heard of: the end of those that are gone is
// written down, the others are watched.
func (s *Service) watchCalls(ctx context.Context, node string) error {
	rows, err := s.store.Find(ctx, Filter{Node: node, CallLives: true})
	if err != nil {
		return fmt.Errorf("find live calls: %w", err)
	}
	for _, r := range rows {
		s.watched.add(node, r.UniqueID, r.ID)
		if _, lives := s.index.Get(node, r.UniqueID); lives {
			continue
		}
		if err := s.callEnded(ctx, node, r.UniqueID, s.now()); err != nil {
			return fmt.Errorf("end of call %s: %w", r.UniqueID, err)
		}
	}
	return nil
}

// sweepAll deletes what Asterisk still has of recordings that are safe.
func (s *Service) sweepAll(ctx context.Context, node string) error {
	rows, err := s.store.Find(ctx, Filter{Node: node, States: []State{Available}, SourceExists: true})
	if err != nil {
		return fmt.Errorf("find copies to delete: %w", err)
	}
	var all error
	for _, r := range rows {
		if err := s.sweep(ctx, r); err != nil {
			all = errors.Join(all, fmt.Errorf("recording %s: %w", r.ID, err))
		}
		if isDown(all) {
			break
		}
	}
	return all
}
