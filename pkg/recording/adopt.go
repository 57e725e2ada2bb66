package recording

import (
	"context"
	"errors"
)

// adopt takes back a recording that runs, and brings its row in step with whether it is paused; one of which this
// instance knows all that already is left alone.
func (s *Service) adopt(ctx context.Context, r *Recording, live LiveState) error {
	if s.running.has(r.ID) && r.State == live.state() && (!r.byParty() || s.parties.follows(r.ID)) {
		return nil
	}
	if r.byParty() && !s.parties.follows(r.ID) {
		if err := s.rejoin(ctx, r, live); err != nil {
			return err
		}
	}
	seen := r.State
	r, err := s.changeRow(ctx, r, func(r *Recording) []Event {
		if r.State != seen || r.Owner != s.Instance {
			return nil // another instance was here meanwhile
		}
		return s.inStep(r, live)
	})
	if err != nil {
		return err
	}
	if key, runs := r.RunningKey(); runs && r.Owner == s.Instance {
		s.running.add(r.ID, key)
		s.parties.due.put(r.ID)
		s.followLater(r)
	} else {
		s.parties.drop(r.ID)
	}
	return nil
}

// inStep makes the row what Asterisk says of the running recording.
func (s *Service) inStep(r *Recording, live LiveState) (events []Event) {
	if r.State == Starting || !s.running.has(r.ID) {
		events = append(events, Event{Kind: EventAdopted, Detail: "taken back by " + s.Instance})
	}
	if r.State == Starting {
		r.State, r.StartedAt = Active, r.CreatedAt
		events[0].Audit = cutOff(r, OutcomeOK)
	}
	if r.State != live.state() {
		kind := EventResumed
		if live == LivePaused {
			kind = EventPaused
		}
		r.State = live.state()
		events = append(events, Event{Kind: kind, Detail: byReconciliation})
	}
	return events
}

// cutOff is the audit trail's entry of a start whose process has died before it could write one.
func cutOff(r *Recording, outcome string) *AuditEntry {
	d := newDeed(ActionStart, Actor{Name: r.StartedBy}, "channel="+r.UniqueID+" tag="+r.Tag)
	d.entry.Outcome = outcome
	return d.within(r)
}

// byReconciliation is the detail of events that nobody has asked for: Asterisk was found so.
const byReconciliation = "found by reconciliation"

// state is the row's for a live recording.
func (l LiveState) state() State {
	if l == LivePaused {
		return Paused
	}
	return Active
}

// bury concludes a recording that runs no more: with its file if Asterisk or the archive has one, else as failed.
func (s *Service) bury(ctx context.Context, r *Recording) error {
	there, err := s.remains(ctx, r)
	if err != nil {
		return err
	}
	if !there || len(r.Tracks) > 1 { // a snoop channel may be waiting for a start that never came, or the other parties go on
		if err := s.endTracks(ctx, r); err != nil {
			return err
		}
	}
	ended, err := s.ending(ctx, r)
	if err != nil {
		return err
	}
	seen, followed := r.State, s.running.has(r.ID)
	r, err = s.changeRow(ctx, r, func(r *Recording) []Event {
		if r.State != seen || r.Owner != s.Instance {
			return nil // another instance was here meanwhile
		}
		if !there {
			return s.lost(r, ended)
		}
		if r.State == Starting { // it may have been answered; one that was refused keeps its zero StartedAt
			r.StartedAt = r.CreatedAt
		}
		r.State, r.EndedAt = Archiving, ended.At
		return []Event{ended}
	})
	if err == nil && there {
		s.file(r)
		if !followed { // the process may have died between the start's answer and the record of its call
			s.followLater(r)
		}
	}
	return err
}

// remains tells whether Asterisk or the archive has a file of the recording.
func (s *Service) remains(ctx context.Context, r *Recording) (bool, error) {
	for _, t := range r.Tracks {
		there, err := s.phones.Stored(ctx, r.Node, t.Name, r.Format)
		if there || err != nil {
			return there, err
		}
	}
	_, err := s.archive.Measure(ctx, r)
	if err != nil && lostFor(err) == nil && !errors.Is(err, ErrNoAudioFile) {
		return false, err
	}
	return err == nil, nil
}

// ending is the event that ends the recording, with the audit entry that nobody else has written: that of a start whose
// process has died, or of a stop that got no further than its intent. The latter names who asked. If he was told that
// Asterisk was away there are two entries: what he was told, and what came of it.
func (s *Service) ending(ctx context.Context, r *Recording) (Event, error) {
	ended := Event{At: s.now(), Kind: EventEnded, Detail: byReconciliation}
	switch {
	case r.State == Starting:
		ended.Audit = cutOff(r, OutcomeOK)
	case r.State == Stopping && !r.StartedAt.IsZero(): // else it was the service that gave up a start
		events, err := s.store.Events(ctx, r.ID)
		if err != nil {
			return ended, err
		}
		for _, e := range events {
			if e.Kind == EventStop {
				ended.Actor, ended.Address = e.Actor, e.Address
			}
		}
		ended.Audit = newDeed(ActionStop, Actor{Name: ended.Actor, Address: ended.Address}, "id="+r.ID).within(r)
	}
	return ended, nil
}

// lost fails a row of which nothing exists.
func (s *Service) lost(r *Recording, failed Event) []Event {
	r.Failure = &Failure{FailNoFile, "Asterisk has neither the running recording nor its file"}
	if r.StartedAt.IsZero() {
		r.Failure = &Failure{FailInterrupt, "the start was interrupted before anything was recorded"}
	}
	failed.Kind, failed.Detail = EventFailed, r.Failure.Detail
	if failed.Audit != nil {
		failed.Audit.Outcome = string(CodeFailed)
	}
	r.State, r.EndedAt = Failed, failed.At
	return []Event{failed}
}
