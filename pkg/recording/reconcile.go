package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// reconcile brings the rows of a node in step with what Asterisk has: recordings that run are taken back, those that
// ended are filed, those of which nothing exists are failed with a cause. Only rows that are this instance's, or whose
// owner is gone, are looked at; nothing else in Asterisk is touched.
func (s *Service) reconcile(ctx context.Context, node string) error {
	if !s.index.Ready(node) {
		return nil // its resync will ask again
	}
	began, remembered := s.Now(), s.running.onNode(node)
	rows, err := s.store.Claim(ctx, node, s.Instance)
	if err != nil {
		return fmt.Errorf("claim open recordings: %w", err)
	}
	unsettled, all := s.settleAll(ctx, rows)
	if isDown(all) {
		return all
	}
	s.parties.review(node, s.now())
	for _, step := range []func(context.Context, string) error{s.watchCalls, s.recordCalls, s.hangUpStrays, s.sweepAll} {
		if err := step(ctx, node); err != nil {
			all = errors.Join(all, err)
		}
	}
	all = errors.Join(all, s.forget(ctx, without(remembered, rows)))
	level := slog.LevelDebug
	if unsettled > 0 {
		level = slog.LevelInfo
	}
	s.Log.Log(ctx, level, "reconciled", "node", node, "open", len(rows), "unsettled", unsettled, "took", s.Now().Sub(began))
	return all
}

// without leaves those of the ids that are none of the rows'.
func without(ids []string, rows []*Recording) []string {
	own := make(map[string]bool, len(rows))
	for _, r := range rows {
		own[r.ID] = true
	}
	return slices.DeleteFunc(ids, func(id string) bool { return own[id] })
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
	calls, err := s.store.LiveCalls(ctx, node)
	if err != nil {
		return fmt.Errorf("find live calls: %w", err)
	}
	gone := make(map[string]bool)
	for id, uniqueID := range calls {
		s.watched.add(node, uniqueID, id)
		if _, lives := s.index.Get(node, uniqueID); !lives {
			gone[uniqueID] = true
		}
	}
	return each(ctx, slices.Collect(maps.Keys(gone)), func(ctx context.Context, uniqueID string) error {
		if err := s.callEnded(ctx, node, uniqueID, s.now()); err != nil {
			return fmt.Errorf("end of call %s: %w", uniqueID, err)
		}
		return nil
	})
}

// sweepAll deletes what Asterisk still has of recordings that are safe.
func (s *Service) sweepAll(ctx context.Context, node string) error {
	rows, err := s.store.Find(ctx, Filter{Node: node, States: []State{Available}, SourceExists: true})
	if err != nil {
		return fmt.Errorf("find copies to delete: %w", err)
	}
	return each(ctx, rows, func(ctx context.Context, r *Recording) error {
		if err := s.sweep(ctx, r); err != nil {
			return fmt.Errorf("recording %s: %w", r.ID, err)
		}
		return nil
	})
}
