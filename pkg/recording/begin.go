package recording

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ari-recorder/pkg/channels"
)

// begin takes a recording from nothing to proven, and undoes what it did where a step fails:
//
//	row not written              → snoop hung up                       → CodeDatabase
//	no snoop: channel gone       → row failed                          → CodeNoChannel
//	no snoop: other              → snoop hung up, row failed           → CodeAsterisk
//	not recording, or no file    → snoop hung up, row failed           → CodeAsterisk
//	the process dies             → reconcile adopts or finishes it
//
// The commit of its state follows: see confirm. The row is written while Asterisk makes the snoop channel, which costs
// nobody anything; nothing is recorded before the row is there. It returns ErrRunning if another instance was quicker, and
// ErrKeyUsed if another request has used the key.
func (s *Service) begin(ctx context.Context, c channels.Channel, req asked) (*Recording, error) {
	r := s.draft(c, req)
	if !s.running.reserve(r.ID, s.MaxActive) {
		s.parties.drop(r.ID)
		return nil, &Error{Code: CodeTooMany, Detail: "as many recordings run as this service may have; try again when one has ended", RetryAfter: retry}
	}
	about(ctx, r)
	created := make(chan error, 1)
	go func() { created <- s.create(ctx, r, req) }()
	snoopErr := s.phones.Snoop(ctx, r.Node, r.Tracks[0], r.ID)
	// Asterisk 22 takes no new channel whose id begins that of another: the others' begin with the first one's.
	*req.others = s.beginTracks(ctx, r, voicesOf(r, snoopErr))
	if err := <-created; err != nil {
		s.running.remove(r.ID)
		s.parties.drop(r.ID)
		(*req.others).giveUp()
		s.hangUp(ctx, r)
		if errors.Is(err, ErrRunning) || errors.Is(err, ErrKeyUsed) {
			return nil, err
		}
		return nil, storeError(err)
	}
	(*req.others).record()
	if snoopErr == nil {
		snoopErr = s.record(ctx, r)
	}
	if snoopErr != nil {
		(*req.others).giveUp()
		return nil, s.abandon(ctx, r, snoopErr)
	}
	others, cancel := context.WithTimeout(ctx, othersBound)
	defer cancel()
	r.started((*req.others).wait(others))
	return r, nil
}

// voicesOf are the tracks that begin with the first one, none if that has failed: the parties', or what the recorded
// channel hears where nobody talks with it.
func voicesOf(r *Recording, failed error) []Track {
	if failed != nil || len(r.Tracks) < 2 {
		return nil
	}
	return r.Tracks[1:max(2, len(r.Tracks)-1)]
}

// afterVoices is the track that can wait for the answer: while somebody talks nobody needs what the recorded channel hears.
func afterVoices(r *Recording) []Track { return r.Tracks[1+len(voicesOf(r, nil)):] }

// othersBound is how long the answer of a start waits for the other parties' tracks, which nearly always record by then.
// One that takes longer, or fails, is no reason to refuse it: what the recorded channel hears is there, too.
const othersBound = 250 * time.Millisecond

// started notes since when tracks record, by their numbers.
func (r *Recording) started(starts map[int]time.Time) {
	for number, at := range starts {
		if number < len(r.Tracks) {
			r.Tracks[number].StartedAt = at
		}
	}
}

// create writes the first row, and with it what its key was used for. Where the database went away during the commit, the row itself is asked for before
// anything is undone.
func (s *Service) create(ctx context.Context, r *Recording, req asked) error {
	err := s.insert(ctx, r, req)
	if errors.Is(err, ErrStoreDown) {
		if row, getErr := s.store.Get(ctx, r.ID); getErr == nil {
			r.Seq, r.Version, err = row.Seq, row.Version, nil
		}
	}
	if err != nil {
		return err
	}
	key, _ := r.RunningKey()
	s.running.add(r.ID, key)
	s.told(ctx, r, "", []Event{{Kind: EventRequested}})
	if s.Observer != nil {
		s.Observer.Moved("", r.State)
	}
	return nil
}

func (s *Service) insert(ctx context.Context, r *Recording, req asked) error {
	requested := Event{At: r.CreatedAt, Kind: EventRequested, State: r.State, Actor: req.By.Name, Address: req.By.Address}
	if req.Once.Key == "" {
		return s.store.Create(ctx, r, requested)
	}
	return s.store.CreateOnce(ctx, r, requested, req.use(r, true, r.CreatedAt))
}

// record makes the first track's snoop channel record and proves it.
func (s *Service) record(ctx context.Context, r *Recording) error {
	track := &r.Tracks[0]
	at, err := s.phones.Record(ctx, r.Node, track.Name, r.Format, s.MaxDuration)
	if err == nil {
		err = s.prove(ctx, r)
	}
	if err != nil {
		return err
	}
	track.StartedAt = at.UTC().Truncate(time.Microsecond)
	r.State, r.StartedAt = Active, track.StartedAt
	s.parties.opened(r.ID, track.Name)
	return nil
}

// prove makes sure that Asterisk has opened the file: it announces the recording before it does, and no event tells of
// the file. So it is asked for at once, where it nearly always is, and then again as long as the recording lives.
func (s *Service) prove(ctx context.Context, r *Recording) error {
	ctx, cancel := context.WithTimeout(ctx, fileBound)
	defer cancel()
	again := time.NewTicker(fileTick)
	defer again.Stop()
	name := r.Tracks[0].Name
	for {
		there, err := s.phones.Stored(ctx, r.Node, name, r.Format)
		if there || err != nil {
			return err
		}
		if live, err := s.phones.Live(ctx, r.Node, name); err != nil || live == LiveGone {
			return cmp.Or(err, ErrEndedAtOnce)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ErrNoSuchStored
		}
	}
}

// confirm commits the state recording, for a start that was answered: the row that it promises is there, only its state
// is behind. If the row has changed meanwhile, another instance may have ended it, in which case nothing of it goes on in
// Asterisk; if the database is away, the next reconciliation finds the recording running, takes it back and writes its
// audit entry.
func (s *Service) confirm(ctx context.Context, r *Recording, req asked) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), startBound)
	defer cancel()
	rest := s.beginTracks(late, r, afterVoices(r))
	rest.record()
	r.started((*req.others).wait(late))
	r.started(rest.wait(late))
	defer s.confirms.turn()()
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), followBound)
	defer cancel()
	started := Event{At: r.StartedAt, Kind: EventStarted, Actor: req.By.Name, Address: req.By.Address, Audit: req.deed.within(r)}
	if r.LinkedID != "" {
		started.Call = s.callOf(r, r.LinkedID) // which saves a transaction
	}
	err, over := s.update(ctx, r, Starting, started), false
	if errors.Is(err, ErrConflict) {
		_, err = s.change(ctx, r.ID, func(row *Recording) []Event {
			req.deed.carried, over = row.State == Starting, !row.State.CanBecome(Stopping)
			if !req.deed.carried {
				return nil
			}
			row.State, row.StartedAt, row.Tracks = r.State, r.StartedAt, r.Tracks
			if started.Call != nil {
				started.Call.ExternalReference = row.Tag
			}
			return []Event{started}
		})
	}
	if err != nil {
		s.warn(ctx, r, "a running recording's state could not be written down yet", err)
		s.restless.mark(r.Node)
	} else {
		s.attest(ctx, req.deed, r.ID, nil)
	}
	if over {
		s.parties.drop(r.ID)
		s.hangUp(ctx, r)
	}
	s.parties.due.put(r.ID) // who has come meanwhile
	s.follow(ctx, r, err == nil && req.deed.carried && started.Call != nil)
}

// turns let a few at a time do what nobody waits for, so that many at once leave the processors to those who are waited for.
type turns chan struct{}

const (
	confirmsAtOnce = 2
	turnBound      = 250 * time.Millisecond // after which everybody goes on: a database that hangs must not make a queue
)

// turn waits for a turn, and returns what ends it.
func (t turns) turn() (end func()) {
	bound := time.NewTimer(turnBound)
	defer bound.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }
	case <-bound.C:
		return func() {}
	}
}

// hangUp ends what the recording has in Asterisk, whatever time the request has left, and tells whether that is certain.
func (s *Service) hangUp(ctx context.Context, r *Recording) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupBound)
	defer cancel()
	err := s.endTracks(ctx, r)
	if err != nil {
		s.warn(ctx, r, "a snoop channel could not be hung up; the next reconciliation tries again", err)
		s.restless.mark(r.Node)
	}
	return err == nil
}

// discard deletes what Asterisk has recorded for a start that is refused, and tells whether that is certain.
func (s *Service) discard(ctx context.Context, r *Recording) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupBound)
	defer cancel()
	for _, t := range r.Tracks {
		if err := s.phones.Discard(ctx, r.Node, t.Name); err != nil {
			s.warn(ctx, r, "the file of a failed start could not be deleted; the next reconciliation looks after it", err)
			s.restless.mark(r.Node)
			return false
		}
	}
	return true
}

// abandon undoes a start that failed in Asterisk and says so in the row. Where Asterisk did not even take the hang-up, the
// row is left as one to be stopped: reconciliation ends what may still run there, and files or fails it by what it finds.
// Its StartedAt stays zero for good, by which a repeated request knows that its start was refused.
func (s *Service) abandon(ctx context.Context, r *Recording, cause error) error {
	if !errors.Is(cause, ErrChannelGone) && s.hungUp(r) {
		cause = fmt.Errorf("%w: %w", ErrChannelGone, cause) // whatever step it was that met the hang-up
	}
	failure, answer := diagnose(cause)
	s.parties.drop(r.ID)
	ended := s.hangUp(ctx, r) && s.discard(ctx, r)
	if errors.Is(cause, ErrNoStasis) || errors.Is(cause, ErrSwitchDown) {
		s.restless.mark(r.Node) // the snoop channel may yet come
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupBound)
	defer cancel()
	_, err := s.change(ctx, r.ID, func(r *Recording) []Event {
		if r.State != Starting {
			return nil // another instance has ended it, and knows better
		}
		if !ended {
			r.State = Stopping
			return []Event{{Kind: EventStop, Detail: "the start failed: " + failure.Detail}}
		}
		r.State, r.Failure, r.EndedAt = Failed, failure, s.now()
		return []Event{{At: r.EndedAt, Kind: EventFailed, Detail: failure.Detail}}
	})
	if err != nil {
		s.warn(ctx, r, "a failed start could not be written down; the next reconciliation tries again", err)
		s.running.remove(r.ID)
		s.restless.mark(r.Node)
	}
	return answer
}

// hungUp tells whether the channel is gone, waiting a moment for the event that says so.
func (s *Service) hungUp(r *Recording) bool {
	moment := time.NewTimer(eventGrace)
	defer moment.Stop()
	for s.index.Ready(r.Node) {
		changed := s.index.Changed()
		if _, lives := s.index.Get(r.Node, r.UniqueID); !lives {
			return true
		}
		select {
		case <-changed:
		case <-moment.C:
			return false
		}
	}
	return false
}

// diagnose says what a step's error means for the row and for the caller.
func diagnose(cause error) (*Failure, *Error) {
	for _, d := range diagnoses {
		if errors.Is(cause, d.cause) {
			return &Failure{d.code, inWords(d.detail, cause)}, &Error{Code: d.answer, Detail: d.detail, RetryAfter: d.retry, Err: cause}
		}
	}
	detail := "Asterisk did not answer as expected"
	return &Failure{FailUnreachable, detail}, asteriskDown(detail, cause)
}

// inWords adds Asterisk's own words where it gave any; they are for the row, not for the caller.
func inWords(detail string, cause error) string {
	if errors.Is(cause, ErrRefused) {
		return detail + ": " + cause.Error()
	}
	return detail
}

var diagnoses = []struct {
	cause  error
	code   FailureCode
	detail string
	answer Code
	retry  time.Duration
}{
	{ErrChannelGone, FailChannelGone, "the call ended before the recording began", CodeNoChannel, 0},
	{ErrNoStasis, FailNoSnoop, "Asterisk did not start listening to the call in time", CodeAsterisk, retry},
	{ErrRefused, FailRefused, "Asterisk refused to record", CodeAsterisk, retry},
	{ErrNotStarted, FailNotStarted, "Asterisk did not start recording in time", CodeAsterisk, retry},
	{ErrEndedAtOnce, FailNoFile, "Asterisk could not write the recording; is its disk full or its recording folder not writable?", CodeAsterisk, retry},
	{ErrNoSuchStored, FailNoFile, "Asterisk could not write the recording; is its disk full or its recording folder not writable?", CodeAsterisk, retry},
	{ErrSwitchDown, FailUnreachable, "Asterisk cannot be reached at the moment; try again shortly", CodeAsterisk, retry},
}
