package recording

import (
	"context"
	"errors"
	"slices"
	"sync"

	"ari-recorder/pkg/channels"
)

// StopRequest asks to end the recording of a call.
type StopRequest struct {
	Channel string // uniqueid of a recorded channel, else an extension
	Node    string // empty: any
	By      Actor
}

// Stop ends the recording that the request means and returns once Asterisk has closed its file. Open recordings are
// looked at before live channels, so that a held call's recording can be stopped; one that has ended already on this
// call is returned as it is. A client that goes away changes nothing. Errors are *Error: CodeInvalid, CodeNoChannel,
// CodeNotAnswered, CodeAmbiguous, CodeNotRecorded, CodeFailed, CodeAsterisk, CodeDatabase.
func (s *Service) Stop(ctx context.Context, req StopRequest) (r *Recording, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	d := newDeed(ActionStop, req.By, "channel="+req.Channel+onNode(req.Node))
	defer func() { s.attest(ctx, d, idOf(r), err) }()
	if err := checkChannel(req.Channel); err != nil {
		return nil, err
	}
	open, err := s.open(ctx, req)
	if err != nil {
		return nil, err
	}
	if open == nil {
		return s.endedOn(ctx, req)
	}
	about(ctx, open)
	r, err = s.halt(ctx, open, d)
	switch {
	case err != nil:
		return nil, err
	case r.State == Failed && r.StartedAt.IsZero():
		return s.endedOn(ctx, req) // its start has failed while we waited
	}
	return concluded(r)
}

// open finds the open recording that is meant, nil if there is none. Several on one extension are told apart like live
// calls: the candidates' uniqueids are in the error if that fails.
func (s *Service) open(ctx context.Context, req StopRequest) (*Recording, error) {
	rows, err := s.store.Find(ctx, Filter{Node: req.Node, UniqueID: req.Channel, States: runningStates})
	if err == nil && len(rows) == 0 {
		rows, err = s.store.Find(ctx, Filter{Node: req.Node, Extension: req.Channel, States: runningStates})
	}
	if err != nil {
		return nil, storeError(err)
	}
	switch len(rows) {
	case 0:
		return nil, nil
	case 1:
		return rows[0], nil
	}
	return s.amongOpen(rows, req)
}

func (s *Service) amongOpen(rows []*Recording, req StopRequest) (*Recording, error) {
	var alive []*Recording
	for _, r := range rows {
		if _, lives := s.index.Get(r.Node, r.UniqueID); lives || !s.index.Ready(r.Node) {
			alive = append(alive, r) // the others end by themselves at this moment
		}
	}
	if len(alive) == 1 {
		return alive[0], nil
	}
	found, err := s.index.Resolve(channels.Query{Channel: req.Channel, Node: req.Node})
	if err == nil {
		for _, r := range rows {
			if r.Node == found.Channel.Node && r.UniqueID == found.Channel.UniqueID {
				return r, nil
			}
		}
	}
	return nil, severalRecorded(req.Channel, rows)
}

// halt ends one open recording: intent committed, snoop channel hung up, end committed. It waits for a start that is
// still under way, be it another instance's, whose answer would else be a lie; and returns what has become of the
// recording. Where the intent is all that could be committed, reconciliation ends it and writes the audit entry of an end
// that was reached.
func (s *Service) halt(ctx context.Context, r *Recording, d *deed) (*Recording, error) {
	key, _ := r.RunningKey()
	release, err := s.flights.alone(ctx, key)
	if err != nil {
		return nil, stillUnderWay(err)
	}
	defer release()
	if r.State == Starting {
		if r, err = s.steady(ctx, r.ID); err != nil {
			return nil, err
		}
	}
	r, err = s.change(ctx, r.ID, func(r *Recording) []Event {
		if !r.State.CanBecome(Stopping) {
			return nil
		}
		r.State, r.Owner = Stopping, s.Instance // whoever stops it sees to the rest
		return []Event{d.event(EventStop)}
	})
	if err != nil || r.State != Stopping {
		return orNil(r, storeError(err))
	}
	if err := s.endTracks(ctx, r); err != nil {
		s.restless.mark(r.Node)
		return nil, asteriskDown("Asterisk cannot be reached at the moment; the recording ends as soon as it can be", err)
	}
	return s.close(ctx, r.ID, d)
}

// endTracks hangs up every snoop channel of the recording and waits until the files are closed.
func (s *Service) endTracks(ctx context.Context, r *Recording) error {
	errs := make([]error, len(r.Tracks))
	var all sync.WaitGroup
	for i, t := range r.Tracks {
		all.Go(func() { errs[i] = s.phones.End(ctx, r.Node, t.Name) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// close writes down the end of a stopped recording, whose file is closed, and sends it on its way to the archive.
func (s *Service) close(ctx context.Context, id string, d *deed) (*Recording, error) {
	at := s.now()
	r, err := s.change(ctx, id, func(r *Recording) []Event {
		d.carried = false
		if !r.State.CanBecome(Archiving) {
			return nil
		}
		r.State, r.EndedAt, r.Owner = Archiving, at, s.Instance
		ended := d.event(EventEnded)
		ended.At, ended.Audit = at, d.within(r)
		return []Event{ended}
	})
	if err != nil {
		s.restless.markAll()
		return nil, storeError(err)
	}
	s.file(r)
	return r, nil
}

// concluded answers a stop with a recording that has ended; one that was to be recorded and failed has no audio, and
// saying that it is stopped would be a lie.
func concluded(r *Recording) (*Recording, error) {
	if r.State == Failed {
		return nil, failed(r)
	}
	return r, nil
}

func failed(r *Recording) *Error {
	return &Error{Code: CodeFailed, Detail: "the recording failed, there is no audio: " + r.Failure.Detail}
}

// endedOn answers a stop of a call that is not being recorded: with the recording that has ended on this call, if any.
func (s *Service) endedOn(ctx context.Context, req StopRequest) (*Recording, error) {
	uniqueID, node := req.Channel, req.Node
	found, resolveErr := s.resolve(ctx, channels.Query{Channel: req.Channel, Node: req.Node})
	if resolveErr == nil {
		uniqueID, node = found.Channel.UniqueID, found.Channel.Node
	}
	rows, err := s.store.Find(ctx, Filter{Node: node, UniqueID: uniqueID, NotDeleted: true, Limit: 10})
	if err != nil {
		return nil, storeError(err)
	}
	rows = slices.DeleteFunc(rows, func(r *Recording) bool { return !over(r) })
	if nodes := nodesOf(rows); len(nodes) > 1 {
		return nil, onNodes("a recording of the uniqueid "+uniqueID, uniqueID, nodes)
	}
	if len(rows) > 0 && !ambiguousUniqueID(resolveErr) {
		about(ctx, rows[0])
		return concluded(rows[0])
	}
	if resolveErr != nil {
		return nil, resolveError(resolveErr)
	}
	aboutChannel(ctx, found.Channel)
	return nil, &Error{Code: CodeNotRecorded, Detail: "the call on " + found.Channel.Name + " was not being recorded"}
}

// over tells whether there was a recording, which has ended. A start that failed was never one, unless Asterisk recorded
// all the same.
func over(r *Recording) bool {
	return !r.State.Running() && (r.State != Failed || !r.StartedAt.IsZero())
}
