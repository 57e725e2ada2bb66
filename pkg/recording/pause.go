package recording

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Pause leaves out what is said from now on and returns once Asterisk has confirmed it; a paused recording stays as it
// is. A client that goes away changes nothing. Errors are *Error: CodeNoRecording, CodeState, CodeAsterisk, CodeDatabase.
func (s *Service) Pause(ctx context.Context, c Control) (*Recording, error) {
	return s.turn(ctx, c, turn{ActionPause, EventPaused, Paused, s.phones.Pause, s.phones.Resume})
}

// Resume goes on with a paused recording; one that runs stays as it is. Errors are those of Pause.
func (s *Service) Resume(ctx context.Context, c Control) (*Recording, error) {
	return s.turn(ctx, c, turn{ActionResume, EventResumed, Active, s.phones.Resume, s.phones.Pause})
}

// turn is a step between recording and paused.
type turn struct {
	action Action
	kind   EventKind
	to     State
	ask    func(ctx context.Context, node, name string) error
	undo   func(ctx context.Context, node, name string) error
}

// turn pauses or resumes: Asterisk first, for what is said from now on matters most, then the row. Asterisk is asked
// whatever the row says, which may be behind where an earlier commit has failed. Where two instances meet, the one that
// commits last has asked Asterisk last: the other's version is old, and it begins anew. The row tells when Asterisk had done
// it: tracks of which one began later are put beside each other by that.
func (s *Service) turn(ctx context.Context, c Control, t turn) (r *Recording, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	d := c.deed(t.action)
	defer func() { s.attest(ctx, d, known(c.ID, err), err) }()
	if r, err = s.byID(ctx, c.ID); err != nil {
		return nil, err
	}
	key, _ := r.RunningKey()
	release, err := s.flights.alone(ctx, key)
	if err != nil {
		return nil, stillUnderWay(err)
	}
	defer release()
	for {
		if r, err = s.steady(ctx, c.ID); err != nil {
			return nil, err
		}
		if r.State != Active && r.State != Paused {
			return nil, wrongState(r, "only one that runs can be paused or resumed")
		}
		if err = s.askTracks(ctx, r, t); err != nil {
			return nil, err
		}
		if err = s.turned(ctx, r, t, d, s.now()); errors.Is(err, ErrConflict) {
			continue
		}
		s.parties.due.put(r.ID) // who has come while it was paused is listened to from now on
		return orNil(r, err)
	}
}

// askTracks has Asterisk pause or resume all tracks of the recording at once: their audio is put together later, and must
// lack the same.
func (s *Service) askTracks(ctx context.Context, r *Recording, t turn) error {
	errs := make([]error, len(r.Tracks))
	var all sync.WaitGroup
	for i, track := range r.Tracks {
		all.Go(func() { errs[i] = t.ask(ctx, r.Node, track.Name) })
	}
	all.Wait()
	if errors.Is(errs[0], ErrNotRecording) && s.parties.carried(r.ID) {
		errs[0] = nil // its channel has left the call
	}
	for i, err := range errs {
		if err == nil || i > 0 && errors.Is(err, ErrNotRecording) { // a party that is gone, or was never heard
			continue
		}
		s.restless.mark(r.Node) // it has ended, or nobody knows whether Asterisk has done it
		switch {
		case errors.Is(err, ErrNotRecording):
			return &Error{Code: CodeState, Detail: "the recording has just ended", Err: err}
		case errors.Is(err, ErrRefused):
			return &Error{Code: CodeState, Detail: "Asterisk refuses to " + string(t.action) + " the recording as it is now", Err: err}
		}
		return asteriskDown("Asterisk cannot be reached at the moment; try again shortly", err)
	}
	return nil
}

// turned writes down what Asterisk has done; the row's version is raised even if it says so already. It returns ErrConflict
// if the row has changed since Asterisk was asked. If it cannot be written, Asterisk is asked to take it back, for nobody
// would know who has done it; whatever comes of that, reconciliation brings the row in step.
func (s *Service) turned(ctx context.Context, r *Recording, t turn, d *deed, at time.Time) error {
	from := r.State
	var events []Event
	d.carried = false
	if from != t.to {
		e := d.event(t.kind)
		e.At = at
		r.State, e.Audit = t.to, d.within(r)
		events = append(events, e)
	}
	err := s.update(ctx, r, from, events...)
	if err == nil || errors.Is(err, ErrConflict) {
		return err
	}
	if from != t.to {
		s.takeBack(ctx, r, t)
	}
	s.restless.mark(r.Node)
	return storeError(err)
}

// takeBack undoes in Asterisk what could not be written down, whatever time the request has left.
func (s *Service) takeBack(ctx context.Context, r *Recording, t turn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupBound)
	defer cancel()
	for _, track := range r.Tracks {
		if err := t.undo(ctx, r.Node, track.Name); err != nil && !errors.Is(err, ErrNotRecording) {
			s.Log.LogAttrs(ctx, slog.LevelError, "what could not be written down was not taken back either",
				append(attributes(r), slog.String("action", string(t.action)), slog.Any("error", err))...)
		}
	}
}
