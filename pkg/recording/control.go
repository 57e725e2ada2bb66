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
	if err == nil {
		about(ctx, r)
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

// known is the id that somebody has named, unless there is no such recording, or it is no id at all.
func known(id string, err error) string {
	if CodeOf(err) == CodeNoRecording || !isID(id) {
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
