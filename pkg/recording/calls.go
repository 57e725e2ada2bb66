package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ari-recorder/pkg/channels"
)

// followBound is how long what follows a start may take.
const followBound = 2 * time.Second

// follow does what a start does not wait for: it watches for the end of the call, learns the linkedid and writes our
// record of the call unless it is there, recorded. If it fails, the next reconciliation that adopts the recording does it again.
func (s *Service) follow(ctx context.Context, r *Recording, recorded bool) {
	r = r.Clone()
	s.watched.add(r.Node, r.UniqueID, r.ID)
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), followBound)
		defer cancel()
		if err := s.missedEnd(ctx, r); err != nil {
			s.warn(ctx, r, "the end of the call could not be written down yet", err)
			s.restless.mark(r.Node)
		}
		if recorded {
			return
		}
		if err := s.recordCall(ctx, r); err != nil {
			s.warn(ctx, r, "the record of the call could not be written yet", err)
			s.callless.add(r.ID, r.Node)
			s.restless.mark(r.Node)
		}
	})
}

// followLater leaves to the node's reconciliation what follows a start: there may be very many that it takes back.
func (s *Service) followLater(r *Recording) {
	s.watched.add(r.Node, r.UniqueID, r.ID)
	s.callless.add(r.ID, r.Node)
}

// recordCalls makes up for call records that could not be written, or of which it is not known.
func (s *Service) recordCalls(ctx context.Context, node string) error {
	ids := s.callless.take(node)
	var done idSet
	err := each(ctx, ids, func(ctx context.Context, id string) error {
		r, err := s.store.Get(ctx, id)
		if err == nil && !s.callRecorded(ctx, r) {
			err = s.recordCall(ctx, r)
		}
		if err != nil {
			return fmt.Errorf("record of the call of %s: %w", id, err)
		}
		done.add(id, node)
		return nil
	})
	for _, id := range ids {
		if !done.has(id) {
			s.callless.add(id, node)
		}
	}
	return err
}

// callRecorded tells whether all that a start writes of its call is there.
func (s *Service) callRecorded(ctx context.Context, r *Recording) bool {
	if r.LinkedID == "" {
		return false
	}
	call, err := s.store.Call(ctx, r.Node, r.UniqueID)
	return err == nil && call.LinkedID == r.LinkedID && call.ExternalReference == r.Tag
}

// missedEnd catches the end of a call that came before anybody watched for it.
func (s *Service) missedEnd(ctx context.Context, r *Recording) error {
	if _, lives := s.index.Get(r.Node, r.UniqueID); lives || !s.index.Ready(r.Node) {
		return nil
	}
	return s.callEnded(ctx, r.Node, r.UniqueID, s.now())
}

// recordCall keeps the external reference and the legs of the call that the recording belongs to.
func (s *Service) recordCall(ctx context.Context, r *Recording) error {
	linkedID, err := s.learnLinkedID(ctx, r)
	if err != nil {
		return err
	}
	if err := s.store.PutCall(ctx, *s.callOf(r, linkedID)); err != nil {
		return err
	}
	row, err := s.store.Get(ctx, r.ID)
	if err == nil && row.Tag != r.Tag {
		s.referAnew(ctx, row, r.Tag) // whoever has changed the tag meanwhile found no call to tell
	}
	return err
}

// callOf is what is to be written of the call that the recording belongs to.
func (s *Service) callOf(r *Recording, linkedID string) *Call {
	call := &Call{Node: r.Node, LinkedID: linkedID, ExternalReference: r.Tag, StartedAt: r.CreatedAt}
	legs := s.index.Call(r.Node, r.UniqueID)
	if len(legs) == 0 {
		legs = []channels.Channel{{UniqueID: r.UniqueID, Name: r.Channel, Extension: r.Extension}}
	}
	for _, c := range legs {
		call.Legs = append(call.Legs, Leg{UniqueID: c.UniqueID, Channel: c.Name, Extension: c.Extension})
	}
	return call
}

// learnLinkedID asks Asterisk for what the events did not carry. A channel that is gone has taken its linkedid with it:
// then our record of the call goes by the channel's own uniqueid, and the recording's linkedid stays unknown.
func (s *Service) learnLinkedID(ctx context.Context, r *Recording) (string, error) {
	if r.LinkedID != "" {
		return r.LinkedID, nil
	}
	linkedID, err := s.phones.LinkedID(ctx, r.Node, r.UniqueID)
	if errors.Is(err, ErrChannelGone) || err == nil && linkedID == "" {
		return r.UniqueID, nil
	}
	if err != nil {
		return "", err
	}
	s.index.SetLinkedID(r.Node, r.UniqueID, linkedID)
	_, err = s.change(ctx, r.ID, func(r *Recording) []Event {
		if r.LinkedID != "" {
			return nil
		}
		r.LinkedID = linkedID
		return []Event{{Kind: EventLinked, Detail: linkedID}}
	})
	return linkedID, err
}
