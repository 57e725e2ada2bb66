package recording

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Control asks for something to be done with one recording.
type Control struct {
	ID string
	By Actor
}

func (c Control) deed(action Action) *deed { return newDeed(action, c.By, "id="+c.ID) }

// event is a line of the timeline that tells who asked.
func (c Control) event(kind EventKind, detail string) Event {
	return Event{Kind: kind, Actor: c.By.Name, Address: c.By.Address, Detail: detail}
}

// Pause leaves out what is said from now on and returns once Asterisk has confirmed it; a paused recording stays as it
// is. A client that goes away changes nothing. Errors are *Error: CodeNoRecording, CodeState, CodeAsterisk, CodeDatabase.
func (s *Service) Pause(ctx context.Context, c Control) (*Recording, error) {
	return s.turn(ctx, c, turn{ActionPause, EventPaused, Paused, s.phones.Pause})
}

// Resume goes on with a paused recording; one that runs stays as it is. Errors are those of Pause.
func (s *Service) Resume(ctx context.Context, c Control) (*Recording, error) {
	return s.turn(ctx, c, turn{ActionResume, EventResumed, Active, s.phones.Resume})
}

// End stops one recording and returns once Asterisk has closed its file; one that has ended is returned as it is. Errors
// are *Error: CodeNoRecording, CodeFailed, CodeAsterisk, CodeDatabase.
func (s *Service) End(ctx context.Context, c Control) (r *Recording, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	d := c.deed(ActionStop)
	defer func() { s.attest(ctx, d, known(c.ID, err), err) }()
	if r, err = s.byID(ctx, c.ID); err != nil {
		return nil, err
	}
	if r.State.Running() {
		if r, err = s.halt(ctx, r, d); err != nil {
			return nil, err
		}
	}
	return concluded(r)
}

// turn is a step between recording and paused.
type turn struct {
	action Action
	kind   EventKind
	to     State
	ask    func(ctx context.Context, node, name string) error
}

// turn pauses or resumes: Asterisk first, for what is said from now on matters most, then the row. Asterisk is asked
// whatever the row says, which may be behind where an earlier commit has failed. If the row cannot be written,
// reconciliation brings it in step with what Asterisk does.
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
	if r, err = s.steady(ctx, c.ID); err != nil {
		return nil, err
	}
	if r.State != Active && r.State != Paused {
		return nil, wrongState(r, "only one that runs can be paused or resumed")
	}
	if err = s.askTracks(ctx, r, t); err != nil || r.State == t.to {
		return orNil(r, err)
	}
	return s.turned(ctx, c, t, d)
}

// askTracks has Asterisk pause or resume all tracks of the recording.
func (s *Service) askTracks(ctx context.Context, r *Recording, t turn) error {
	for _, track := range r.Tracks {
		err := t.ask(ctx, r.Node, track.Name)
		if err == nil {
			continue
		}
		s.restless.mark(r.Node) // it has ended, or nobody knows whether Asterisk has done it
		if errors.Is(err, ErrNotRecording) {
			return &Error{Code: CodeState, Detail: "the recording has just ended", Err: err}
		}
		return asteriskDown("Asterisk cannot be reached at the moment; try again shortly", err)
	}
	return nil
}

// turned writes down what Asterisk has done.
func (s *Service) turned(ctx context.Context, c Control, t turn, d *deed) (*Recording, error) {
	r, err := s.change(ctx, c.ID, func(r *Recording) []Event {
		d.carried = false
		if r.State != Active && r.State != Paused {
			return nil // another instance has ended it meanwhile
		}
		r.State = t.to
		e := c.event(t.kind, "")
		e.Audit = d.within(r)
		return []Event{e}
	})
	switch {
	case err != nil:
		s.restless.markAll()
		return nil, storeError(err)
	case r.State != t.to:
		return nil, wrongState(r, "it has just ended")
	}
	return r, nil
}

// steady reads a row once its start is over. The caller keeps everybody else of this instance off its channel, so a start
// is another instance's, or was cut off.
func (s *Service) steady(ctx context.Context, id string) (*Recording, error) {
	look := time.NewTicker(otherInstance)
	defer look.Stop()
	for {
		changed := s.changes.wait()
		r, err := s.store.Get(ctx, id)
		if err != nil {
			return nil, storeError(err)
		}
		if r.State != Starting {
			return r, nil
		}
		if r.Owner == s.Instance {
			if err := s.settle(ctx, r); err != nil {
				return nil, untidy(err)
			}
			continue
		}
		select {
		case <-changed:
		case <-look.C:
		case <-ctx.Done():
			return nil, stillUnderWay(ctx.Err())
		}
	}
}

// byID reads a row; what cannot be an id is none.
func (s *Service) byID(ctx context.Context, id string) (*Recording, error) {
	if !isID(id) {
		return nil, noRecording(nil)
	}
	r, err := s.store.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, noRecording(err)
	}
	return orNil(r, storeError(err))
}

func noRecording(err error) *Error {
	return &Error{Code: CodeNoRecording, Detail: "no recording has that id", Err: err}
}

// wrongState names the state in which the recording is, and what that forbids.
func wrongState(r *Recording, why string) *Error {
	return &Error{Code: CodeState, Detail: fmt.Sprintf("the recording is in the state %s: %s", r.State, why)}
}

func stillUnderWay(err error) *Error {
	return asteriskDown("an earlier request on this call is still under way; try again shortly", err)
}

func untidy(err error) *Error {
	return asteriskDown("what an earlier request has left on this call cannot be tidied up at the moment; try again shortly", err)
}

// known is the id that somebody has named, unless there is no such recording.
func known(id string, err error) string {
	if CodeOf(err) == CodeNoRecording {
		return ""
	}
	return id
}

// idOf is the recording's id, if there is one.
func idOf(r *Recording) string {
	if r == nil {
		return ""
	}
	return r.ID
}

func orNil(r *Recording, err error) (*Recording, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}
