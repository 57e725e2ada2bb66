package recording

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Erase removes the audio for good, Asterisk's copy included, and keeps the row, deleted. Where a part cannot be reached the
// request is written down all the same and carried out as soon as it can be. One that is erased stays so. Errors are those
// of Delete, and CodeStorage, CodeAsterisk.
func (s *Service) Erase(ctx context.Context, c Control) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseBound)
	defer cancel()
	d := c.deed(ActionErase)
	defer func() { s.attest(ctx, d, known(c.ID, err), err) }()
	return s.erase(ctx, erasure{Control: c, deed: d, told: EventErase, rule: removable})
}

// erasure is who has audio removed, and why.
type erasure struct {
	Control
	deed   *deed
	told   EventKind              // the event that has the deed with it: a person's decision, the end of what the job does
	detail string                 // why, in the timeline
	rule   func(*Recording) error // may refuse; asked within the change, so that a legal hold that came meanwhile wins
	silent map[string]bool        // nodes that are not asked, since one has just waited for them in vain
}

func (e erasure) event(r *Recording, kind EventKind) []Event {
	event := e.Control.event(kind, e.detail)
	if kind == e.told {
		event.Audit = e.deed.within(r)
	}
	return []Event{event}
}

// erase is what a request and the lifecycle job do alike, in steps that may be cut off anywhere and begun anew: the intent
// is committed, the audio goes, and the row says that it is gone.
func (s *Service) erase(ctx context.Context, e erasure) error {
	r, err := s.decide(ctx, e.ID, func(r *Recording) ([]Event, error) {
		e.deed.carried = false
		if !r.ErasedAt.IsZero() {
			return nil, nil
		}
		if err := e.rule(r); err != nil || !r.EraseAskedAt.IsZero() {
			return nil, err
		}
		r.EraseAskedAt = s.now()
		if !r.Deleted() {
			r.DeletedAt = r.EraseAskedAt
		}
		return e.event(r, EventErase), nil
	})
	if err != nil {
		return err
	}
	if !r.ErasedAt.IsZero() {
		return s.keepGone(ctx, r)
	}
	if err := s.wipe(ctx, r, e.silent); err != nil {
		s.doom.owe()
		return err
	}
	return s.wiped(ctx, e)
}

// wipe removes the audio wherever it is: in the archive, and in Asterisk.
func (s *Service) wipe(ctx context.Context, r *Recording, silent map[string]bool) error {
	if err := s.archive.Delete(ctx, r); err != nil {
		return storageDown("the audio cannot be removed at the moment; it will be as soon as it can be", err)
	}
	if !r.SourceDeletedAt.IsZero() {
		return nil
	}
	for _, t := range r.Tracks {
		err := errSilent
		if !silent[r.Node] {
			err = s.phones.Discard(ctx, r.Node, t.Name)
		}
		if err != nil {
			return asteriskDown("Asterisk's copy of the audio cannot be removed at the moment; it will be as soon as it can be", err)
		}
	}
	return nil
}

// errSilent stands for an Asterisk that was not asked.
var errSilent = fmt.Errorf("%w: it has just let another erasure wait in vain", ErrSwitchDown)

// timedOut tells whether Asterisk let an erasure wait in vain: each further one would wait as long. What it answers at once,
// and be it an error about one file, holds up nobody.
func timedOut(err error) bool {
	return errors.Is(err, ErrSwitchDown) && errors.Is(err, context.DeadlineExceeded)
}

// wiped writes down that the audio is gone; what was measured of it stays. A filer that was slow, and ended before it could
// read the row again, may have put it back until then.
func (s *Service) wiped(ctx context.Context, e erasure) error {
	r, err := s.decide(ctx, e.ID, func(r *Recording) ([]Event, error) {
		if !r.ErasedAt.IsZero() {
			return nil, nil
		}
		r.ErasedAt = s.now()
		if r.Audio != nil {
			r.Audio.Key = ""
		}
		if r.SourceDeletedAt.IsZero() {
			r.SourceDeletedAt = r.ErasedAt
		}
		return e.event(r, EventErased), nil
	})
	if err != nil {
		return err
	}
	return s.keepGone(ctx, r)
}

// keepGone removes what was put into the archive after the row's audio had gone from it.
func (s *Service) keepGone(ctx context.Context, r *Recording) error {
	if err := s.archive.Delete(ctx, r); err != nil {
		return storageDown("the audio is removed, but nobody could look whether it was put back meanwhile; erase it again", err)
	}
	return nil
}

// pastErasing refuses what would need the audio of a recording that is erased, or about to be.
func pastErasing(r *Recording, sorry string) error {
	switch {
	case !r.ErasedAt.IsZero():
		return &Error{Code: CodeDeleted, Detail: "the recording's audio was erased; " + sorry}
	case !r.EraseAskedAt.IsZero():
		return &Error{Code: CodeDeleted, Detail: "the recording's audio is being erased; " + sorry}
	default:
		return nil
	}
}

// days writes a duration as a configuration does.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}
