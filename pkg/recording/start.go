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

// asked is a start request on its way, with what the service adds to it.
type asked struct {
	StartRequest
	deed    *deed
	instead string    // the recording for which the request's key was used in vain
	others  **opening // the tracks beside the first, once they are on their way
}

func (req StartRequest) check() error {
	if err := checkChannel(req.Channel); err != nil {
		return err
	}
	if err := checkText("the tag", req.Tag, MaxTag); err != nil {
		return err
	}
	return req.Once.check()
}

// Start records the live call that the request means and returns once Asterisk proves that it records and the row is
// committed. If it is recorded under the same tag already, that recording is returned and created is false. A client
// that goes away changes nothing: the start completes. With an idempotency key, a request that was made before gets its
// answer again. The audit trail has the start as soon as its state is committed, which the answer does not wait for.
// Errors are *Error: CodeInvalid, CodeNoChannel, CodeNotAnswered, CodeAmbiguous, CodeOtherTag, CodeTooMany, CodeStorageFull,
// CodeKeyReused, CodeAsterisk, CodeDatabase.
func (s *Service) Start(ctx context.Context, req StartRequest) (r *Recording, created bool, err error) {
	began := s.Now()
	d := newDeed(ActionStart, req.By, "channel="+req.Channel+onNode(req.Node)+" tag="+req.Tag)
	fresh := false // whether this very request has made the recording
	defer func() {
		if r != nil {
			about(ctx, r)
		}
		if s.Observer != nil {
			s.Observer.Started(CodeOf(err), s.Now().Sub(began))
		}
		if id, outcome := idOf(r), err; !fresh {
			d.entry.At = s.now()
			s.errand(func() { s.attest(ctx, d, id, outcome) })
		}
	}()
	if err := req.check(); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startBound)
	defer cancel()
	r, created, err = s.startOnce(ctx, asked{StartRequest: req, deed: d, others: new(*opening)})
	fresh = d.claimed
	return r, created, err
}

// startAnew starts a recording, or finds that it runs already.
func (s *Service) startAnew(ctx context.Context, req asked) (*Recording, bool, error) {
	found, err := s.resolve(ctx, channels.Query{Channel: req.Channel, Node: req.Node})
	if err != nil {
		return nil, false, resolveError(err)
	}
	aboutChannel(ctx, found.Channel)
	return s.startOn(ctx, found.Channel, req)
}

// startOn lets one start at a time happen on the channel; the others take its outcome if they asked for the same. The
// answer waits until the recording is known, by its committed row, and proven; what the row says of its state follows at
// once, and until then nobody else gets at the channel.
func (s *Service) startOn(ctx context.Context, c channels.Channel, req asked) (*Recording, bool, error) {
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

// fly carries out the start that holds the flight, and leaves the flight whatever happens. That a key was used is no
// outcome for those who wait: nothing has happened on the channel.
func (s *Service) fly(ctx context.Context, c channels.Channel, req asked, fl *flight) (r *Recording, created bool, err error) {
	key := c.Node + "/" + c.UniqueID
	defer func() {
		switch {
		case created:
		case errors.Is(err, ErrKeyUsed):
			s.flights.leave(key, fl, nil, nil)
		default:
			s.flights.leave(key, fl, r, err)
		}
	}()
	r, created, err = s.attempt(ctx, c, req)
	if !created {
		return r, false, err
	}
	row, answer := r, r.Clone()
	req.deed.claimed = true
	s.errand(func() {
		defer s.flights.leave(key, fl, answer, nil)
		s.confirm(ctx, row, req)
	})
	return answer.Clone(), true, nil
}

// attempt starts a recording unless one runs on the channel already, as far as this instance or the database knows.
func (s *Service) attempt(ctx context.Context, c channels.Channel, req asked) (*Recording, bool, error) {
	for {
		known, runs := s.running.on(c.Node + "/" + c.UniqueID)
		full := s.roomy(c.Node)
		if !runs && full == nil {
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
		if full != nil {
			return nil, false, full
		}
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
					return nil, untidy(err)
				}
				continue
			}
		case rows[0].Tag != tag:
			about(ctx, rows[0])
			return nil, &Error{Code: CodeOtherTag, Detail: fmt.Sprintf("the call on %s is being recorded under another tag; stop that recording first", c.Name)}
		default:
			return rows[0], nil
		}
		select {
		case <-changed:
		case <-wait.C:
		case <-ctx.Done():
			return nil, stillUnderWay(ctx.Err())
		}
	}
}

var runningStates = []State{Starting, Active, Paused, Stopping}

// draft is the recording as it is first written down.
func (s *Service) draft(c channels.Channel, req asked) *Recording {
	id, now := newID(), s.now()
	return &Recording{
		ID: id, State: Starting, Tag: req.Tag, Node: c.Node, UniqueID: c.UniqueID, LinkedID: c.LinkedID,
		Channel: c.Name, Extension: c.Extension, Caller: c.Caller, Connected: c.Connected,
		StartedBy: req.By.Name, CreatedAt: now, Format: s.Format, Channels: s.Channels, Owner: s.Instance,
		Tracks: s.openingTracks(id, c, now),
	}
}
