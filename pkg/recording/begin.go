package recording

import (
	"cmp"
	"context"
	"errors"
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
// The commit of its state follows: see confirm. The row is written while Asterisk makes the snoop channel, which costs nobody anything; nothing is recorded before
// the row is there. It returns ErrRunning if another instance was quicker.
func (s *Service) begin(ctx context.Context, c channels.Channel, req StartRequest) (*Recording, error) {
	if !s.running.reserve(s.MaxActive) {
		return nil, &Error{Code: CodeTooMany, Detail: "as many recordings run as this service may have; try again when one has ended", RetryAfter: retry}
	}
	defer s.running.release()
	r := s.draft(c, req)
	created := make(chan error, 1)
	go func() { created <- s.create(ctx, r, req.By) }()
	snoopErr := s.snoop(ctx, r)
	if err := <-created; err != nil {
		s.hangUp(r)
		if errors.Is(err, ErrRunning) {
			return nil, err
		}
		return nil, storeError(err)
	}
	if snoopErr != nil {
		return nil, s.abandon(r, snoopErr)
	}
	return s.record(ctx, r)
}

// snoop makes the snoop channel and keeps it out of Asterisk's CDRs: that must come before it records, for Asterisk puts
// off whatever is set on a channel that records until the end. A row too many in a CDR is no reason not to record.
func (s *Service) snoop(ctx context.Context, r *Recording) error {
	track := r.Tracks[0]
	if err := s.phones.Snoop(ctx, r.Node, track, r.ID); err != nil {
		return err
	}
	err := s.phones.DisableCDR(ctx, r.Node, track.Name)
	if err != nil && !errors.Is(err, ErrChannelGone) {
		s.Log.Warn("the snoop channel may leave a row in Asterisk's CDR", "recording", r.ID, "error", err)
		return nil
	}
	return err
}

// create writes the first row. Where the database went away during the commit, the row itself is asked for before
// anything is undone.
func (s *Service) create(ctx context.Context, r *Recording, by Actor) error {
	err := s.store.Create(ctx, r, Event{At: r.CreatedAt, Kind: EventRequested, State: r.State, Actor: by.Name, Address: by.Address})
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
	if s.Observer != nil {
		s.Observer.Moved("", r.State)
	}
	return nil
}

// record makes the snoop channel record and proves it.
func (s *Service) record(ctx context.Context, r *Recording) (*Recording, error) {
	track := &r.Tracks[0]
	at, err := s.phones.Record(ctx, r.Node, track.Name, r.Format, s.MaxDuration)
	if err == nil {
		err = s.prove(ctx, r)
	}
	if err != nil {
		return nil, s.abandon(r, err)
	}
	track.StartedAt = at.UTC().Truncate(time.Microsecond)
	r.State, r.StartedAt = Active, track.StartedAt
	return r, nil
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
		if lives, err := s.phones.Live(ctx, r.Node, name); err != nil || !lives {
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
// is behind. If the row has changed meanwhile, an end that another instance saw may have come first; if the database is
// away, the next reconciliation finds the recording running and takes it back.
func (s *Service) confirm(r *Recording, by Actor) {
	ctx, cancel := context.WithTimeout(context.Background(), followBound)
	defer cancel()
	started := Event{At: r.StartedAt, Kind: EventStarted, Actor: by.Name, Address: by.Address}
	err := s.update(ctx, r, Starting, started)
	if errors.Is(err, ErrConflict) {
		_, err = s.change(ctx, r.ID, func(row *Recording) []Event {
			if row.State != Starting {
				return nil
			}
			row.State, row.StartedAt, row.Tracks = r.State, r.StartedAt, r.Tracks
			return []Event{started}
		})
	}
	if err != nil {
		s.Log.Warn("a running recording's state could not be written down yet", "recording", r.ID, "error", err)
		s.restless.mark(r.Node)
	}
	s.follow(r)
}

// hangUp ends what the recording has in Asterisk, whatever time the request has left.
func (s *Service) hangUp(r *Recording) {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupBound)
	defer cancel()
	for _, t := range r.Tracks {
		if err := s.phones.End(ctx, r.Node, t.Name); err != nil {
			s.Log.Error("a snoop channel could not be hung up; the next reconciliation tries again", "recording", r.ID, "error", err)
			s.restless.mark(r.Node)
		}
	}
}

// abandon undoes a start that failed in Asterisk and says so in the row.
func (s *Service) abandon(r *Recording, cause error) error {
	failure, answer := diagnose(cause)
	s.hangUp(r)
	ctx, cancel := context.WithTimeout(context.Background(), cleanupBound)
	defer cancel()
	_, err := s.change(ctx, r.ID, func(r *Recording) []Event {
		if !r.State.CanBecome(Failed) {
			return nil
		}
		r.State, r.Failure, r.EndedAt = Failed, failure, s.now()
		return []Event{{At: r.EndedAt, Kind: EventFailed, Detail: failure.Detail}}
	})
	if err != nil {
		s.Log.Error("a failed start could not be written down; the next reconciliation tries again", "recording", r.ID, "error", err)
		s.running.remove(r.ID)
		s.restless.mark(r.Node)
	}
	return answer
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
