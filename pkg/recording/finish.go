package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// filers is how many recordings of a node are stored at once: enough to keep a disk busy, few enough to leave Asterisk alone.
const filers = 4

// filingBound is the longest that storing one recording may take before it is begun anew.
const filingBound = 30 * time.Minute

// file queues a finished recording for the archive. Where the queue is full the next reconciliation finds the row.
func (s *Service) file(r *Recording) {
	if r.State == Archiving && !s.filing[r.Node].put(r.ID) {
		s.restless.mark(r.Node)
	}
}

// fileAll stores a node's queued recordings until ctx ends. A failure that may pass leaves the row in archiving, and its node to
// the next reconciliation, which queues it again.
func (s *Service) fileAll(ctx context.Context, finished *queue) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-finished.ids:
			node, err := s.store1(ctx, id)
			finished.done(id)
			if err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "a finished recording could not be stored yet", "recording", id, "node", node, "error", err)
				s.restless.mark(node)
				if s.Observer != nil {
					s.Observer.NotArchived()
				}
			}
		}
	}
}

// store1 takes one recording from Asterisk to the archive: the bytes are proven first, the row tells it next, and only
// then does Asterisk's copy go. It returns the recording's node for a retry, empty if not even that is known.
func (s *Service) store1(ctx context.Context, id string) (node string, err error) {
	ctx, cancel := context.WithTimeout(ctx, filingBound)
	defer cancel()
	began := s.Now()
	r, err := s.store.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if r.State != Archiving || r.Owner != s.Instance {
		return r.Node, nil
	}
	audio, gaps, err := s.keep(ctx, r)
	if err == nil {
		r.Gaps = gaps
	}
	if failure := lostFor(err); failure != nil {
		return r.Node, s.conclude(ctx, r, Failed, nil, failure)
	}
	if err != nil {
		return r.Node, err
	}
	if err := s.conclude(ctx, r, Available, audio, nil); err != nil {
		return r.Node, err
	}
	if !r.EraseAskedAt.IsZero() { // another instance was quicker, and then somebody has it erased
		return r.Node, s.archive.Delete(ctx, r)
	}
	if s.Observer != nil {
		s.Observer.Archived(*audio, s.Now().Sub(began))
	}
	return r.Node, s.sweep(ctx, r)
}

// keep copies the audio into the archive. If Asterisk has it no more, an earlier attempt that was cut off after the
// copy may have left it there already.
func (s *Service) keep(ctx context.Context, r *Recording) (audio *Audio, gaps []Gap, err error) {
	events, err := s.store.Events(ctx, r.ID)
	if err != nil {
		return nil, nil, err
	}
	pauses := pausesOf(r, events)
	if r.byParty() {
		audio, gaps, err = s.mixdown(ctx, r, pauses)
	} else {
		c := score{r: r, gaps: r.Gaps}
		c.note(pauses, GapPaused, "", "paused")
		var peak int
		if audio, peak, err = s.copyOver(ctx, r); err == nil && peak < silence && audio.Duration >= time.Second/2 {
			c.note(times{{0, audio.Duration + pauses.length()}}, GapSilent, "", "not a sound was heard: the call was muted, or its audio did not reach Asterisk")
		}
		gaps = c.gaps
	}
	if errors.Is(err, ErrNoSuchStored) {
		kept, archiveErr := s.archive.Measure(ctx, r)
		if errors.Is(archiveErr, ErrNoAudioFile) {
			return nil, r.Gaps, err
		}
		return kept, r.Gaps, archiveErr
	}
	return audio, gaps, err
}

// copyOver copies the only track as it is, and tells its loudest sample.
func (s *Service) copyOver(ctx context.Context, r *Recording) (audio *Audio, peak int, err error) {
	body, size, err := s.phones.Fetch(ctx, r.Node, r.Tracks[0].Name, r.Format)
	if err != nil {
		return nil, 0, fmt.Errorf("fetch from Asterisk: %w", err)
	}
	level := &levelled{Reader: body}
	audio, err = s.archive.Put(ctx, r, level, size)
	if closeErr := body.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, io.EOF) {
		s.Log.DebugContext(ctx, "closing Asterisk's file", "recording", r.ID, "node", r.Node, "error", closeErr)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("archive: %w", err)
	}
	return audio, level.peak, nil
}

// lostFor tells which errors no retry will mend. Of several, those of tracks, it names what there is before what there is not.
func lostFor(err error) *Failure {
	switch {
	case errors.Is(err, ErrBadAudio):
		return &Failure{FailBadFile, "Asterisk's file cannot be read as WAV; it was left there"}
	case errors.Is(err, ErrNoSamples):
		return &Failure{FailNoAudio, "Asterisk's file holds no audio"}
	case errors.Is(err, ErrNoSuchStored):
		return &Failure{FailNoFile, "Asterisk has no file of the recording"}
	}
	return nil
}

// conclude commits what became of a finished recording.
func (s *Service) conclude(ctx context.Context, r *Recording, to State, audio *Audio, failure *Failure) error {
	gaps, started := r.Gaps, r.StartedAt
	done, err := s.changeRow(ctx, r, func(r *Recording) []Event {
		if !r.State.CanBecome(to) {
			return nil
		}
		r.State, r.StartedAt, r.Audio, r.Failure, r.Gaps = to, started, audio, failure, gaps
		if failure != nil {
			return []Event{{Kind: EventFailed, Detail: failure.Detail}}
		}
		return []Event{{Kind: EventArchived, Detail: "sha256 " + audio.SHA256}}
	})
	if err == nil {
		*r = *done
	}
	return err
}

// sweep deletes Asterisk's copy of a recording that is safe in the archive, and writes that down.
func (s *Service) sweep(ctx context.Context, r *Recording) error {
	if r.State != Available || !r.SourceDeletedAt.IsZero() {
		return nil
	}
	for _, t := range r.Tracks {
		if err := s.phones.Discard(ctx, r.Node, t.Name); err != nil {
			return fmt.Errorf("delete Asterisk's copy: %w", err)
		}
	}
	_, err := s.changeRow(ctx, r, func(r *Recording) []Event {
		if !r.SourceDeletedAt.IsZero() {
			return nil
		}
		r.SourceDeletedAt = s.now()
		return []Event{{At: r.SourceDeletedAt, Kind: EventSwept}}
	})
	return err
}
