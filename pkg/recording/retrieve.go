package recording

import (
	"context"
	"errors"
	"io"
	"time"
)

// RetrieveRequest asks for the audio of the newest recording with a tag, or of a call.
type RetrieveRequest struct {
	Tag      string // one of Tag and
	UniqueID string // UniqueID is set
	Username string // who wants to hear it, as the caller says
	By       Actor
}

// Retrieved is a recording whose audio is handed out; the caller closes Audio.
type Retrieved struct {
	Recording *Recording
	Count     int // how many recordings match, deleted ones left out
	Audio     io.ReadSeekCloser
}

// Retrieve opens the audio of the newest recording that matches. Deleted recordings are passed over, and failed ones if
// an older one has audio; private and running ones never are. Just after the end of a call it waits for the audio to be
// stored. Every use is written to the audit trail, and without that no audio is handed out. Errors are *Error:
// CodeInvalid, CodeNoRecording, CodeInProgress, CodePrivate, CodeDeleted, CodeFailed, CodeNotStored, CodeAsterisk,
// CodeDatabase, CodeStorage.
func (s *Service) Retrieve(ctx context.Context, req RetrieveRequest) (*Retrieved, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	out, err := s.retrieve(ctx, req)
	if auditErr := s.audit(ctx, req, out, err); auditErr != nil {
		if err == nil {
			err = out.Audio.Close()
		}
		return nil, databaseDown(errors.Join(auditErr, err))
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) && out.Recording != nil {
			e.RecordingID = out.Recording.ID
		}
		return nil, err
	}
	return out, nil
}

func (req RetrieveRequest) check() error {
	what, text, limit := "the tag", req.Tag, MaxTag
	if req.Tag == "" && req.UniqueID != "" {
		what, text, limit = "the uniqueid", req.UniqueID, MaxUniqueID
	}
	if err := checkText(what, text, limit); err != nil {
		return err
	}
	return checkText("the username", req.Username, MaxUsername)
}

// audit writes down who wanted what and what came of it.
func (s *Service) audit(ctx context.Context, req RetrieveRequest, out *Retrieved, outcome error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupBound)
	defer cancel()
	e := AuditEntry{At: s.now(), Action: ActionRetrieve, Username: req.Username, Actor: req.By, Subject: "tag=" + req.Tag, Outcome: OutcomeOK}
	if req.Tag == "" {
		e.Subject = "uniqueid=" + req.UniqueID
	}
	if outcome != nil {
		e.Outcome = string(CodeOf(outcome))
	}
	if out != nil && out.Recording != nil {
		e.RecordingID = out.Recording.ID
	}
	return s.store.Audit(ctx, e)
}

// retrieve waits, within the bound, until the recording that is meant can be opened. A recording that was found is
// returned beside an error too, for the audit trail.
func (s *Service) retrieve(ctx context.Context, req RetrieveRequest) (*Retrieved, error) {
	ctx, cancel := context.WithTimeout(ctx, storedBound+retrieveSlack)
	defer cancel()
	look := time.NewTicker(otherInstance)
	defer look.Stop()
	began := time.Now()
	patience := map[Code]time.Duration{CodeNotStored: storedBound, CodeInProgress: hangUpGrace}
	out := &Retrieved{}
	for {
		changed := s.changes.wait()
		r, filter, err := s.meant(ctx, req)
		if err != nil {
			return out, err
		}
		out.Recording = r
		if err = s.mayHear(r); err == nil {
			return out, s.hand(ctx, out, filter)
		}
		if time.Since(began) >= patience[CodeOf(err)] {
			return out, err
		}
		select {
		case <-changed:
		case <-look.C:
		case <-ctx.Done():
			return out, err
		}
	}
}

// hand opens the file and counts what matches.
func (s *Service) hand(ctx context.Context, out *Retrieved, filter Filter) error {
	filter.NotDeleted = true
	count, err := s.store.Count(ctx, filter)
	if err != nil {
		return storeError(err)
	}
	out.Count = count
	out.Audio, err = s.archive.Open(ctx, out.Recording.Audio.Key)
	if err != nil {
		return &Error{Code: CodeStorage, Detail: "the audio cannot be read at the moment; try again shortly", RetryAfter: retry, Err: err}
	}
	return nil
}

// meant finds the newest recording by the contract's rules, and the filter it matched.
func (s *Service) meant(ctx context.Context, req RetrieveRequest) (*Recording, Filter, error) {
	filters := []Filter{{Tag: req.Tag}}
	nothing := "no recording has the tag " + req.Tag
	if req.Tag == "" {
		filters = []Filter{{UniqueID: req.UniqueID}, {LinkedID: req.UniqueID}}
		nothing = "no recording has the uniqueid " + req.UniqueID
	}
	var last *Recording
	var lastErr error = &Error{Code: CodeNoRecording, Detail: nothing}
	var lastFilter Filter
	for _, f := range filters {
		r, err := s.newest(ctx, f)
		switch {
		case r != nil && r.State != Failed, err != nil && CodeOf(err) != CodeDeleted:
			return r, f, err
		case last == nil && (r != nil || err != nil): // nothing to hear there; another leg of the call may have audio
			last, lastErr, lastFilter = r, err, f
		}
	}
	return last, lastFilter, lastErr
}

// newest walks from the newest match to older ones, passing over what the contract says. Neither a recording nor an
// error means that nothing matches at all.
func (s *Service) newest(ctx context.Context, f Filter) (*Recording, error) {
	f.Limit = 20
	var deleted, broken *Recording
	for {
		rows, err := s.store.Find(ctx, f)
		if err != nil {
			return nil, storeError(err)
		}
		for _, r := range rows {
			switch {
			case r.Deleted():
				deleted = r
			case r.State != Failed || r.Private:
				return r, nil
			case broken == nil:
				broken = r
			}
			f.Before = r.Seq
		}
		if len(rows) < f.Limit {
			break
		}
	}
	if broken == nil && deleted != nil {
		return nil, &Error{Code: CodeDeleted, Detail: "the recording was deleted"}
	}
	return broken, nil
}

// mayHear tells whether the recording's audio may be handed out now; CodeNotStored means that it will be shortly.
func (s *Service) mayHear(r *Recording) error {
	if r.Private {
		return &Error{Code: CodePrivate, Detail: "the recording is private"}
	}
	if r.State == Failed {
		return failed(r)
	}
	if r.CallEndedAt.IsZero() && (r.State.Running() || !s.RetrieveDuringCall) {
		if _, lives := s.index.Get(r.Node, r.UniqueID); lives {
			return &Error{Code: CodeInProgress, Detail: "the call is still in progress; ask again when it has ended"}
		}
		if !s.index.Ready(r.Node) {
			return asteriskDown("Asterisk cannot be reached, so it is not known whether the call has ended; try again shortly", nil)
		}
	}
	if r.State != Available {
		return &Error{Code: CodeNotStored, Detail: "the audio is not stored yet; try again shortly", RetryAfter: retry}
	}
	return nil
}
