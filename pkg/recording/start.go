package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ari-recorder/pkg/channels"
)

// StartRequest asks to record a live call.
type StartRequest struct {
	Channel string // uniqueid of a live channel, else an extension
	Tag     string // the external reference
	Node    string // empty: any
	By      Actor
	Once    Once // zero: every request counts
}

// Once makes repeated requests with the same key one: a client that got no answer may ask again without fear.
type Once struct {
	Key     string // the client's, unique among its own requests for KeyLife
	Request string // a digest of all that was asked, to tell when a key is used for something else
}

// Start records the live call that the request means and returns once Asterisk proves that it records and the row is
// committed. If it is recorded under the same tag already, that recording is returned and created is false. A client
// that goes away changes nothing: the start completes. Errors are *Error: CodeInvalid, CodeNoChannel, CodeNotAnswered,
// CodeAmbiguous, CodeOtherTag, CodeTooMany, CodeAsterisk, CodeDatabase.
func (s *Service) Start(ctx context.Context, req StartRequest) (r *Recording, created bool, err error) {
	began := s.Now()
	defer func() {
		if s.Observer != nil {
			s.Observer.Started(CodeOf(err), s.Now().Sub(began))
		}
	}()
	if err := checkChannel(req.Channel); err != nil {
		return nil, false, err
	}
	if err := checkText("the tag", req.Tag, MaxTag); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startBound)
	defer cancel()
	found, err := s.resolve(ctx, channels.Query{Channel: req.Channel, Node: req.Node})
	if err != nil {
		return nil, false, resolveError(err)
	}
	return s.startOn(ctx, found.Channel, req)
}

// resolve names the channel that is meant. People see that a call is answered, or on hold, some milliseconds before
// Asterisk's event has reached us. So a refusal waits a moment for what may be on its way, and a choice among several
// calls is made twice: the wrong call would be worse than a slow start.
func (s *Service) resolve(ctx context.Context, q channels.Query) (channels.Resolution, error) {
	grace := time.NewTimer(eventGrace)
	defer grace.Stop()
	for {
		changed := s.index.Changed()
		found, err := s.index.Resolve(q)
		var e *channels.Error
		switch {
		case err == nil && len(found.Candidates) == 1:
			return found, nil
		case err == nil:
			wait(ctx, settleTime)
			return s.index.Resolve(q)
		case !errors.As(err, &e) || e.Reason == channels.NotReady || e.Reason == channels.UnknownNode:
			return found, err
		}
		select {
		case <-changed:
		case <-grace.C:
			return found, err
		case <-ctx.Done():
			return found, err
		}
	}
}

// wait lets d pass, or ctx end.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// startOn lets one start at a time happen on the channel; the others take its outcome if they asked for the same. The
// answer waits until the recording is known, by its committed row, and proven; what the row says of its state follows at
// once, and until then nobody else gets at the channel.
func (s *Service) startOn(ctx context.Context, c channels.Channel, req StartRequest) (*Recording, bool, error) {
	key := c.Node + "/" + c.UniqueID
	for {
		fl, own := s.flights.enter(key, req.Tag)
		if own {
			return s.fly(ctx, c, req, fl)
		}
		if r, err, same := fl.outcome(ctx, req.Tag); same {
			return r, false, err
		}
	}
}

// fly carries out the start that holds the flight, and leaves the flight whatever happens.
func (s *Service) fly(ctx context.Context, c channels.Channel, req StartRequest, fl *flight) (r *Recording, created bool, err error) {
	key := c.Node + "/" + c.UniqueID
	defer func() {
		if !created {
			s.flights.leave(key, fl, r, err)
		}
	}()
	r, created, err = s.attempt(ctx, c, req)
	if !created {
		return r, false, err
	}
	row, answer := r, r.Clone()
	s.work.Go(func() {
		defer s.flights.leave(key, fl, answer, nil)
		s.confirm(row, req.By)
	})
	return answer.Clone(), true, nil
}

// attempt starts a recording unless one runs on the channel already, as far as this instance or the database knows.
func (s *Service) attempt(ctx context.Context, c channels.Channel, req StartRequest) (*Recording, bool, error) {
	for {
		known, runs := s.running.on(c.Node + "/" + c.UniqueID)
		if !runs {
			r, err := s.begin(ctx, c, req)
			if err == nil {
				return r, true, nil
			}
			if !errors.Is(err, ErrRunning) {
				return nil, false, err
			}
		}
		r, err := s.existing(ctx, c, req.Tag)
		if r != nil || err != nil {
			return r, false, err
		}
		s.running.remove(known)
	}
}

// existing returns the recording that runs on the channel, if the tag is the same. Neither a recording nor an error
// means that it has ended meanwhile.
func (s *Service) existing(ctx context.Context, c channels.Channel, tag string) (*Recording, error) {
	wait := time.NewTicker(otherInstance)
	defer wait.Stop()
	for {
		changed := s.changes.wait()
		rows, err := s.store.Find(ctx, Filter{Node: c.Node, UniqueID: c.UniqueID, States: runningStates, Limit: 1})
		switch {
		case err != nil:
			return nil, storeError(err)
		case len(rows) == 0:
			return nil, nil
		case rows[0].State == Starting || rows[0].State == Stopping:
			// Another instance is at it. If it is our own, an earlier request was cut off; nobody is at it now.
			if rows[0].Owner == s.Instance {
				if err := s.settle(ctx, rows[0]); err != nil {
					return nil, asteriskDown("what an earlier request has left on this call cannot be tidied up at the moment; try again shortly", err)
				}
				continue
			}
		case rows[0].Tag != tag:
			return nil, &Error{Code: CodeOtherTag, Detail: fmt.Sprintf("the call on %s is being recorded under another tag; stop that recording first", c.Name)}
		default:
			return rows[0], nil
		}
		select {
		case <-changed:
		case <-wait.C:
		case <-ctx.Done():
			return nil, asteriskDown("an earlier request on this call is still under way; try again shortly", ctx.Err())
		}
	}
}

var runningStates = []State{Starting, Active, Paused, Stopping}

// draft is the recording as it is first written down.
func (s *Service) draft(c channels.Channel, req StartRequest) *Recording {
	id := newID()
	return &Recording{
		ID: id, State: Starting, Tag: req.Tag, Node: c.Node, UniqueID: c.UniqueID, LinkedID: c.LinkedID,
		Channel: c.Name, Extension: c.Extension, Caller: c.Caller, Connected: c.Connected,
		StartedBy: req.By.Name, CreatedAt: s.now(), Format: s.Format, Owner: s.Instance,
		Tracks: []Track{{UniqueID: c.UniqueID, Direction: DirectionBoth, Name: TrackName(s.Application, id, 0)}},
	}
}

// resolveError puts the index's answer into the service's vocabulary.
func resolveError(err error) error {
	var e *channels.Error
	if !errors.As(err, &e) {
		return &Error{Code: CodeInternal, Detail: "internal error; the log has the details", Err: err}
	}
	out := &Error{Detail: e.Error()}
	switch e.Reason {
	case channels.NotReady:
		out.Code, out.RetryAfter = CodeAsterisk, retry
	case channels.UnknownNode:
		out.Code = CodeInvalid
	case channels.NotFound:
		out.Code = CodeNoChannel
	case channels.NotAnswered:
		out.Code = CodeNotAnswered
	default:
		out.Code = CodeAmbiguous
		for _, c := range e.Candidates {
			if c.Kept {
				out.Candidates = append(out.Candidates, c.Channel.UniqueID)
			}
		}
	}
	return out
}
