package recording

import (
	"context"
	"errors"
	"time"
)

// listeners is how many events of a node are worked on at once; they wait for one another only on the same channel.
const listeners = 8

// Notify takes an event of Asterisk. It never blocks: false says that there is no room, and that the node must be
// resynced, since the event is lost.
func (s *Service) Notify(sig Signal) bool {
	s.parties.heard(sig)
	if sig.Kind == Moved || sig.Kind == Calling || sig.Kind == EventsCut {
		return true
	}
	select {
	case s.signals[sig.Node] <- sig:
		return true
	default:
		return false
	}
}

// listen works on a node's events until ctx ends. What fails, because the database is away, is left to the next reconciliation:
// the truth is in Asterisk, so nothing needs to be hoarded.
func (s *Service) listen(ctx context.Context, signals <-chan Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case sig := <-signals:
			if err := s.handle(ctx, sig); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "an event could not be carried out yet", "node", sig.Node, "subject", sig.Name, "error", err)
				s.restless.mark(sig.Node)
			}
		}
	}
}

func (s *Service) handle(ctx context.Context, sig Signal) error {
	at := sig.At.UTC().Truncate(time.Microsecond)
	switch sig.Kind {
	case Resynced:
		s.restless.hurry(sig.Node)
		return nil
	case ChannelEnded:
		return s.callEnded(ctx, sig.Node, sig.Name, at)
	default:
		id, ours := ParseTrackName(s.Application, sig.Name)
		if !ours {
			return nil
		}
		s.parties.closed(id, sig.Name)
		if sig.Name != TrackName(s.Application, id, 0) {
			return nil // a party has gone; the recording ends with its first track, or when nobody is left
		}
		return s.trackEnded(ctx, id, at)
	}
}

// trackEnded writes down that a recording's file is closed, if nobody else did, and sends it to the archive. It waits
// for a start or stop under way on the channel: they see the same event and know better.
func (s *Service) trackEnded(ctx context.Context, id string, at time.Time) error {
	r, err := s.store.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil // a start that is not written down yet sees the end itself; or not one of this database's
	}
	if err != nil {
		return err
	}
	if !r.State.Running() || r.Owner != s.Instance {
		s.running.remove(id) // whoever ended it sees to the rest
		s.parties.drop(id)
		return nil
	}
	key, _ := r.RunningKey()
	release, err := s.flights.alone(ctx, key)
	if err != nil {
		return err
	}
	defer release()
	if r, err = s.store.Get(ctx, id); err != nil {
		return err
	}
	if r.StartedAt.IsZero() || r.State == Stopping {
		return s.settle(ctx, r) // a start or a stop that was cut off: what it has left decides
	}
	if r.State.Running() && s.goesOn(r) {
		s.parties.due.put(id)
		return nil
	}
	return s.conclusion(ctx, id, at)
}

// conclusion writes down the end of a running recording. Nobody else may be at it.
func (s *Service) conclusion(ctx context.Context, id string, at time.Time) error {
	r, err := s.change(ctx, id, func(r *Recording) []Event {
		if !r.State.CanBecome(Archiving) {
			return nil
		}
		r.State, r.EndedAt = Archiving, at
		return []Event{{At: at, Kind: EventEnded}}
	})
	if err != nil {
		return err
	}
	s.file(r)
	return s.endTracks(ctx, r) // Asterisk ends a recording at its longest duration and leaves the snoop channel behind
}

// callEnded writes the end of a channel into the recordings that were made of it.
func (s *Service) callEnded(ctx context.Context, node, uniqueID string, at time.Time) error {
	var all error
	for _, id := range s.watched.take(node, uniqueID) {
		_, err := s.change(ctx, id, func(r *Recording) []Event {
			if !r.CallEndedAt.IsZero() {
				return nil
			}
			r.CallEndedAt = at
			return []Event{{At: at, Kind: EventCallEnded}}
		})
		all = errors.Join(all, err)
	}
	return all
}
