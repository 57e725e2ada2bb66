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
	lives, err := s.phones.Live(ctx, r.Node, r.Tracks[0].Name)
	switch {
	case err != nil:
		return err
	case lives && r.State == Stopping:
		if err := s.endTracks(ctx, r); err != nil {
			return err
		}
	case lives:
		return s.adopt(ctx, r)
	}
	return s.bury(ctx, r)
}

// adopt takes back a recording that runs; one of which this instance knows already is left alone.
func (s *Service) adopt(ctx context.Context, r *Recording) error {
	if s.running.has(r.ID) && r.State != Starting {
		return nil
	}
	seen := r.State
	r, err := s.change(ctx, r.ID, func(r *Recording) []Event {
		if r.State != seen || r.Owner != s.Instance {
			return nil // another instance was here meanwhile
		}
		if r.State == Starting {
			r.State, r.StartedAt = Active, r.CreatedAt
		}
		return []Event{{Kind: EventAdopted, Detail: "taken back by " + s.Instance}}
	})
	if err != nil {
		return err
	}
	if key, runs := r.RunningKey(); runs && r.Owner == s.Instance {
		s.running.add(r.ID, key)
		s.follow(r)
	}
	return nil
}

// bury concludes a recording that runs no more: with its file if Asterisk or the archive has one, else as failed.
func (s *Service) bury(ctx context.Context, r *Recording) error {
	there, err := s.phones.Stored(ctx, r.Node, r.Tracks[0].Name, r.Format)
	if err != nil {
		return err
	}
	if !there {
		_, archiveErr := s.archive.Measure(ctx, r)
		if archiveErr != nil && lostFor(archiveErr) == nil && !errors.Is(archiveErr, ErrNoAudioFile) {
			return archiveErr
		}
		there = archiveErr == nil
	}
	if !there {
		if err := s.endTracks(ctx, r); err != nil { // a snoop channel may be waiting for a start that never came
			return err
		}
	}
	seen := r.State
	r, err = s.change(ctx, r.ID, func(r *Recording) []Event {
		if r.State != seen || r.Owner != s.Instance {
			return nil // another instance was here meanwhile
		}
		if !there {
			return s.lost(r)
		}
		if r.StartedAt.IsZero() {
			r.StartedAt = r.CreatedAt
		}
		r.State, r.EndedAt = Archiving, s.now()
		return []Event{{At: r.EndedAt, Kind: EventEnded, Detail: "found by reconciliation"}}
	})
	if err == nil && there {
		s.file(r)
		s.follow(r) // the process may have died between the start's answer and the record of its call
	}
	return err
}

// lost fails a row of which nothing exists.
func (s *Service) lost(r *Recording) []Event {
	r.Failure = &Failure{FailNoFile, "Asterisk has neither the running recording nor its file"}
	if r.StartedAt.IsZero() {
		r.Failure = &Failure{FailInterrupt, "the start was interrupted before anything was recorded"}
	}
	r.State, r.EndedAt = Failed, s.now()
	return []Event{{At: r.EndedAt, Kind: EventFailed, Detail: r.Failure.Detail}}
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
