package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ari-recorder/pkg/channels"
)

// alive tells what a recording does: what its first track does, or, where that may end before it, any other.
func (s *Service) alive(ctx context.Context, r *Recording) (LiveState, error) {
	live, err := s.phones.Live(ctx, r.Node, r.Tracks[0].Name)
	if err != nil || live != LiveGone || !r.byParty() {
		return live, err
	}
	if _, lives := s.index.Get(r.Node, r.UniqueID); lives || s.Follow != FollowCall || r.State == Starting {
		return LiveGone, nil
	}
	if s.parties.follows(r.ID) {
		if s.parties.over(r.ID, s.now()) || !s.parties.carryOn(r.ID, s.now()) {
			return LiveGone, nil
		}
		return liveAs(r.State), nil
	}
	for _, t := range r.Tracks[1:] {
		if live, err = s.phones.Live(ctx, r.Node, t.Name); err != nil || live != LiveGone {
			return live, err
		}
	}
	return LiveGone, nil
}

// liveAs is what a running recording of the state does.
func liveAs(state State) LiveState {
	if state == Paused {
		return LivePaused
	}
	return LiveRecording
}

// rejoin follows a recording's parties again, of which an earlier process, or another instance, has written the last. The
// tracks that run are brought in step with the first; what runs under its name and is in no row is ended. Who talked before
// and talks now is taken to have done so all the while, and the ledger says that this is not certain.
func (s *Service) rejoin(ctx context.Context, r *Recording, live LiveState) error {
	since, err := s.lastWord(ctx, r)
	if err != nil {
		return err
	}
	open, err := s.stillOpen(ctx, r, live)
	if err != nil {
		return err
	}
	if err := s.endUnknown(ctx, r); err != nil {
		return err
	}
	at := s.now()
	s.parties.resume(r, open, Span{since, at})
	return nil
}

// lastWord is when the row was last known to be true.
func (s *Service) lastWord(ctx context.Context, r *Recording) (time.Time, error) {
	events, err := s.store.Events(ctx, r.ID)
	if err != nil {
		return time.Time{}, err
	}
	last := r.CreatedAt
	for _, e := range events {
		if e.At.After(last) {
			last = e.At
		}
	}
	return last, nil
}

// stillOpen lists the tracks that run, and lets them do as the recording does.
func (s *Service) stillOpen(ctx context.Context, r *Recording, live LiveState) (open []string, err error) {
	for _, t := range r.Tracks {
		state, err := s.phones.Live(ctx, r.Node, t.Name)
		if err != nil {
			return nil, err
		}
		if state == LiveGone {
			continue
		}
		turn := s.phones.Resume
		if live == LivePaused {
			turn = s.phones.Pause
		}
		if state != live {
			if err := turn(ctx, r.Node, t.Name); err != nil && !errors.Is(err, ErrNotRecording) {
				return nil, err
			}
		}
		open = append(open, t.Name)
	}
	return open, nil
}

// endUnknown hangs up snoop channels of the recording that its row does not name: a process died before it could write
// that it needs them. They do not record yet.
func (s *Service) endUnknown(ctx context.Context, r *Recording) error {
	known := make(map[string]bool, len(r.Tracks))
	for _, t := range r.Tracks {
		known[t.Name] = true
	}
	for _, c := range s.index.All() {
		id, ours := ParseTrackName(s.Application, c.UniqueID)
		if !ours || id != r.ID || c.Node != r.Node || known[c.UniqueID] {
			continue
		}
		if err := s.phones.End(ctx, r.Node, c.UniqueID); err != nil {
			return fmt.Errorf("hang up %s: %w", c.UniqueID, err)
		}
	}
	return nil
}

// resume follows a recording as its row left it; lost is the time in which nobody did.
func (p *parties) resume(r *Recording, open []string, lost Span) {
	p.follow(r.ID, channels.Channel{Node: r.Node, UniqueID: r.UniqueID}, lost.To)
	p.opened(r.ID, open...)
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[r.ID]
	if f == nil {
		return
	}
	f.lost = append(f.lost, lost)
	for _, t := range r.Tracks[1:] {
		for _, span := range t.Spans {
			if t.Direction != DirectionIn || !span.To.IsZero() {
				continue
			}
			if _, talks := f.present[t.UniqueID]; talks {
				f.present[t.UniqueID] = span.From
			} else {
				f.past, f.left[t.UniqueID] = append(f.past, parting{t.UniqueID, span.From, lost.To}), lost.To
			}
		}
	}
	p.carry(f, lost.To)
}
