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
	return s.erase(ctx, c, d, "", removable)
}

// erase is what a request and the lifecycle job do alike, in steps that may be cut off anywhere and begun anew: the intent
// is committed, the audio goes, and the row says that it is gone. Detail says why, in the timeline. The rule may refuse; it
// is asked within the change, so that a legal hold that came meanwhile wins.
func (s *Service) erase(ctx context.Context, c Control, d *deed, detail string, rule func(*Recording) error) error {
	r, err := s.decide(ctx, c.ID, func(r *Recording) ([]Event, error) {
		if !r.ErasedAt.IsZero() {
			return nil, nil
		}
		if err := rule(r); err != nil || !r.EraseAskedAt.IsZero() {
			return nil, err
		}
		r.EraseAskedAt = s.now()
		if !r.Deleted() {
			r.DeletedAt = r.EraseAskedAt
		}
		return []Event{c.event(EventErase, detail)}, nil
	})
	if err != nil || !r.ErasedAt.IsZero() {
		return err
	}
	if err := s.wipe(ctx, r); err != nil {
		s.doom.owe()
		return err
	}
	return s.wiped(ctx, c, d, detail)
}

// wipe removes the audio wherever it is: in the archive, and in Asterisk.
func (s *Service) wipe(ctx context.Context, r *Recording) error {
	key, err := s.keyOf(ctx, r)
	if err == nil && key != "" {
		err = s.archive.Delete(ctx, key)
	}
	if err != nil {
		return storageDown("the audio cannot be removed at the moment; it will be as soon as it can be", err)
	}
	if !r.SourceDeletedAt.IsZero() {
		return nil
	}
	for _, t := range r.Tracks {
		if err := s.phones.Discard(ctx, r.Node, t.Name); err != nil {
			return asteriskDown("Asterisk's copy of the audio cannot be removed at the moment; it will be as soon as it can be", err)
		}
	}
	return nil
}

// keyOf finds the recording's file in the archive; a recording that failed may have left one of which no row knows.
func (s *Service) keyOf(ctx context.Context, r *Recording) (string, error) {
	if r.Audio != nil {
		return r.Audio.Key, nil
	}
	audio, err := s.archive.Measure(ctx, r)
	switch {
	case err == nil:
		return audio.Key, nil
	case errors.Is(err, ErrNoAudioFile), lostFor(err) != nil:
		return "", nil
	default:
		return "", err
	}
}

// wiped writes down that the audio is gone; what was measured of it stays.
func (s *Service) wiped(ctx context.Context, c Control, d *deed, detail string) error {
	_, err := s.decide(ctx, c.ID, func(r *Recording) ([]Event, error) {
		d.carried = false
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
		e := c.event(EventErased, detail)
		e.Audit = d.within(r)
		return []Event{e}, nil
	})
	return err
}

// days writes a duration as a configuration does.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}
