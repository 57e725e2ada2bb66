package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// attendants is how many recordings are looked after at once.
const attendants = 8

// attendAll looks after recordings whose parties have changed, until ctx ends.
func (s *Service) attendAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-s.parties.due.ids:
			s.parties.due.done(id) // what happens from now on makes it due again
			if err := s.attend(ctx, id); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "who takes part in a recorded call could not be followed yet", "recording", id, "error", err)
				s.parties.later(id, time.Second)
			}
		}
	}
}

// attend brings a recording's row and tracks in step with who talks. Like everything that happens to a recording it is
// alone with it: nobody pauses or stops it while a track is about to begin.
func (s *Service) attend(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*followBound)
	defer cancel()
	n, followed := s.parties.news(id)
	if !followed {
		return nil
	}
	release, err := s.flights.alone(ctx, n.key)
	if err != nil {
		return err
	}
	defer release()
	r, err := s.store.Get(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && (!r.State.Running() || r.Owner != s.Instance):
		s.parties.drop(id)
		return nil
	case err != nil:
		return err
	case r.State != Active && r.State != Paused:
		return nil // whoever starts or stops it sees to it
	}
	if s.parties.over(id, s.now()) {
		return s.conclusion(ctx, id, s.now())
	}
	return s.attendTo(ctx, r)
}

// attendTo writes the news and opens the tracks that are wanting. Nothing is recorded before its track is in the row.
func (s *Service) attendTo(ctx context.Context, r *Recording) error {
	n, _ := s.parties.news(r.ID)
	planned := s.plan(r, n)
	s.nameUnheard(r, slices.Clone(n.past))
	events := n.settle(r)
	if len(planned) == 0 && len(events) == 0 && len(n.lost) == 0 {
		return nil
	}
	open := s.beginTracks(ctx, r, planned)
	err := s.update(ctx, r, r.State, events...)
	if err != nil {
		open.giveUp()
		if errors.Is(err, ErrConflict) { // another instance was here: what it has left is looked at anew
			s.parties.due.put(r.ID)
			return nil
		}
		return err
	}
	s.parties.written(r.ID, n)
	if len(planned) == 0 {
		return nil
	}
	open.record()
	starts := open.wait(ctx)
	if len(starts) < len(planned) { // Asterisk now and then refuses a snoop, and takes the next
		s.parties.later(r.ID, time.Second)
	}
	return s.noteStarts(ctx, r.ID, starts)
}

// plan adds a track for each channel that is to be listened to and is not, and returns those that can be opened now. While
// a recording is paused nothing is begun: it would hold what is not to be recorded.
func (s *Service) plan(r *Recording, n news) (planned []Track) {
	wanted := func(uniqueID string, d Direction) {
		tried := 0
		for _, t := range r.Tracks {
			if t.UniqueID == uniqueID && t.Direction == d {
				tried++
				if n.open[t.Name] || tried == maxTries {
					return
				}
			}
		}
		if c, lives := s.index.Get(r.Node, uniqueID); !lives || !c.Recordable() || len(r.Tracks) >= maxTracks {
			return
		}
		if r.State == Paused {
			if r.ofParty(uniqueID) == nil && d == DirectionIn {
				s.addTrack(r, uniqueID, d) // so that the row can say when it was there
			}
			return
		}
		planned = append(planned, r.Tracks[s.addTrack(r, uniqueID, d)])
	}
	for uniqueID := range n.present {
		wanted(uniqueID, DirectionIn)
	}
	for _, uniqueID := range n.awaited {
		wanted(uniqueID, DirectionIn)
	}
	wanted(r.UniqueID, DirectionOut)
	return planned
}

// noteStarts writes down since when tracks record. One whose recording has ended meanwhile is ended, too.
func (s *Service) noteStarts(ctx context.Context, id string, starts map[int]time.Time) error {
	if len(starts) == 0 {
		return nil
	}
	for {
		r, err := s.store.Get(ctx, id)
		if err != nil {
			return err
		}
		r.started(starts)
		if !r.State.Running() {
			return s.endTracks(ctx, r)
		}
		if err = s.update(ctx, r, r.State); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// opening are tracks on their way from nothing to recording.
type opening struct {
	s       *Service
	r       *Recording // for its names; not looked at otherwise
	ctx     context.Context
	cancel  context.CancelFunc
	written chan struct{} // closed when the row names the tracks
	all     sync.WaitGroup
	mu      sync.Mutex
	starts  map[int]time.Time // by the track's number
}

// beginTracks makes the tracks' snoop channels, all at once. They record when record is called.
func (s *Service) beginTracks(ctx context.Context, r *Recording, tracks []Track) *opening {
	o := &opening{s: s, r: &Recording{ID: r.ID, UniqueID: r.UniqueID, LinkedID: r.LinkedID, Node: r.Node, Format: r.Format}, written: make(chan struct{}), starts: make(map[int]time.Time)}
	o.ctx, o.cancel = context.WithTimeout(context.WithoutCancel(ctx), startBound)
	for _, t := range tracks {
		o.all.Go(func() {
			if err := o.open(t); err != nil && o.ctx.Err() == nil {
				s.untracked(o.ctx, o.r, t, err)
			}
		})
	}
	return o
}

// untracked says that there is no track of a party; a channel that is gone says nothing any more.
func (s *Service) untracked(ctx context.Context, r *Recording, t Track, err error) {
	level := slog.LevelWarn
	if errors.Is(err, ErrChannelGone) {
		level = slog.LevelDebug
	}
	s.Log.LogAttrs(ctx, level, "a party's voice could not be recorded",
		append(attributes(r), slog.String("party", t.UniqueID), slog.String("direction", string(t.Direction)), slog.Any("error", err))...)
}

func (o *opening) open(t Track) error {
	if err := o.s.phones.Snoop(o.ctx, o.r.Node, t, o.r.ID); err != nil {
		return errors.Join(err, o.hangUp(t))
	}
	select {
	case <-o.written:
	case <-o.ctx.Done():
		return o.hangUp(t)
	}
	at, err := o.s.phones.Record(o.ctx, o.r.Node, t.Name, o.r.Format, o.s.MaxDuration)
	if err != nil {
		return errors.Join(err, o.hangUp(t))
	}
	o.s.parties.opened(o.r.ID, t.Name)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.starts[t.Number] = at.UTC().Truncate(time.Microsecond)
	return nil
}

// hangUp takes back what was begun of a track, unless it can be nothing.
func (o *opening) hangUp(t Track) error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupBound)
	defer cancel()
	if err := o.s.phones.End(ctx, o.r.Node, t.Name); err != nil {
		o.s.restless.mark(o.r.Node)
		return fmt.Errorf("hang up: %w", err)
	}
	return nil
}

// record lets the tracks record, now that the row names them.
func (o *opening) record() { close(o.written) }

// giveUp takes back what was begun and returns when nothing of it is left.
func (o *opening) giveUp() {
	o.cancel()
	o.all.Wait()
}

// wait returns when all tracks record or have failed, or ctx has ended, with the starts so far.
func (o *opening) wait(ctx context.Context) map[int]time.Time {
	done := make(chan struct{})
	o.s.work.Go(func() {
		o.all.Wait()
		o.cancel()
		close(done)
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	starts := make(map[int]time.Time, len(o.starts))
	for number, at := range o.starts {
		starts[number] = at
	}
	return starts
}
