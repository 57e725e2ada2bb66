package recording

import (
	"context"
	"time"
)

// Delete hides a recording that has ended: its audio can be had back for the undelete window. One that is deleted stays
// so. Errors are *Error: CodeNoRecording, CodeState while it is in work, CodeLegalHold, CodeDatabase.
func (s *Service) Delete(ctx context.Context, c Control) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	d := c.deed(ActionDelete)
	defer func() { s.attest(ctx, d, known(c.ID, err), err) }()
	_, err = s.decide(ctx, c.ID, func(r *Recording) ([]Event, error) {
		d.carried = false
		if r.Deleted() {
			return nil, nil
		}
		if err := removable(r); err != nil {
			return nil, err
		}
		r.DeletedAt = s.now()
		e := c.event(EventDeleted, "")
		e.Audit = d.within(r)
		return []Event{e}, nil
	})
	if err == nil && s.UndeleteWindow <= 0 {
		s.doom.wake() // nobody can have it back: why wait for the hour
	}
	return err
}

// removable tells whether the recording may be deleted or erased.
func removable(r *Recording) error {
	switch {
	case r.State.InWork():
		return wrongState(r, "only one that has ended and is stored can be removed")
	case r.LegalHold:
		return &Error{Code: CodeLegalHold, Detail: "the recording is under a legal hold; it cannot be removed before that is lifted"}
	default:
		return nil
	}
}

// Restore takes a deletion back; one that is not deleted stays as it is. Errors are *Error: CodeNoRecording, CodeDeleted
// once the audio is erased, or is about to be, CodeDatabase.
func (s *Service) Restore(ctx context.Context, c Control) (r *Recording, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	d := c.deed(ActionRestore)
	defer func() { s.attest(ctx, d, known(c.ID, err), err) }()
	return s.decide(ctx, c.ID, func(r *Recording) ([]Event, error) {
		d.carried = false
		if err := pastErasing(r, "it cannot be had back"); err != nil || !r.Deleted() {
			return nil, err
		}
		r.DeletedAt = time.Time{}
		e := c.event(EventRestored, "")
		e.Audit = d.within(r)
		return []Event{e}, nil
	})
}
