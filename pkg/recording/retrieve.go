package recording

import (
	"context"
	"errors"
	"io"
	"time"

	"ari-recorder/pkg/journal"
)

// RetrieveRequest asks for the audio of the newest recording with a tag, or of a call.
type RetrieveRequest struct {
	Tag      string // one of Tag and
	UniqueID string // UniqueID is set
	Node     string // of the UniqueID; empty: any
	Username string // who wants to hear it, as the caller says
	By       Actor
}

// Retrieved is a recording whose audio is handed out; the caller closes Audio.
type Retrieved struct {
	Recording *Recording
	Count     int               // how many recordings match, deleted ones left out
	Audio     io.ReadSeekCloser // at its beginning, as long as Recording.Audio says
}

// Retrieve opens the audio of the newest recording that matches. Deleted recordings are passed over, and failed ones if
// an older one has audio; private and running ones never are, nor those that the user may not hear. Just after the end of
// a call it waits for the audio to be stored. Every use is written to the audit trail, and without that no audio is handed
// out. Errors are *Error: CodeInvalid, CodeNoRecording, CodeAmbiguous, CodeInProgress, CodePrivate, CodeUserDenied, CodeDeleted,
// CodeFailed, CodeNotStored, CodeAsterisk, CodeDatabase, CodeStorage.
func (s *Service) Retrieve(ctx context.Context, req RetrieveRequest) (*Retrieved, error) {
	journal.Of(ctx).For(req.Username)
	d := newDeed(ActionRetrieve, req.By, req.subject()).as(req.Username)
	if err := req.check(); err != nil {
		s.attest(ctx, d, "", err)
		return nil, err
	}
	out, err := s.await(ctx, req.Username, func(ctx context.Context) (*Recording, *Filter, error) { return s.meant(ctx, req) })
	return s.handOut(ctx, d, out, err)
}

func (req RetrieveRequest) subject() string {
	if req.Tag == "" && req.UniqueID != "" {
		return "uniqueid=" + req.UniqueID + onNode(req.Node)
	}
	return "tag=" + req.Tag
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

// handOut writes down who wanted what and what came of it. Without that nobody hears anything.
func (s *Service) handOut(ctx context.Context, d *deed, out *Retrieved, err error) (*Retrieved, error) {
	e := d.entry
	e.RecordingID = idOf(out.Recording)
	if err != nil {
		e.Outcome = string(CodeOf(err))
	}
	if auditErr := s.write(ctx, e); auditErr != nil {
		s.lacks(e)
		if err == nil {
			err = out.Audio.Close()
		}
		return nil, databaseDown(errors.Join(auditErr, err))
	}
	if err == nil {
		return out, nil
	}
	var told *Error
	if errors.As(err, &told) {
		told.RecordingID = e.RecordingID
	}
	return nil, err
}

// finder looks up the recording that is meant, and the filter that counts what matches; nil: it is the only one.
type finder func(ctx context.Context) (*Recording, *Filter, error)

// await waits, within the bound, until the recording that is meant can be opened. One that was found is returned beside an
// error too, for the audit trail.
func (s *Service) await(ctx context.Context, username string, find finder) (*Retrieved, error) {
	ctx, cancel := context.WithTimeout(ctx, storedBound+retrieveSlack)
	defer cancel()
	look := time.NewTicker(otherInstance)
	defer look.Stop()
	began := time.Now()
	patience := map[Code]time.Duration{CodeNotStored: storedBound, CodeInProgress: hangUpGrace}
	out := &Retrieved{}
	for {
		changed := s.changes.wait()
		r, filter, err := find(ctx)
		if err != nil {
			return out, err
		}
		out.Recording = r
		about(ctx, r)
		if err = s.audible(username, r); err == nil {
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

// meant finds the newest recording by the contract's rules, and the filter it matched.
func (s *Service) meant(ctx context.Context, req RetrieveRequest) (*Recording, *Filter, error) {
	filters := []Filter{{Tag: req.Tag}}
	nothing := "no recording has the tag " + req.Tag
	if req.Tag == "" {
		filters = []Filter{{UniqueID: req.UniqueID, Node: req.Node}, {LinkedID: req.UniqueID, Node: req.Node}}
		nothing = "no recording has the uniqueid " + req.UniqueID
	}
	var last *Recording
	var lastErr error = &Error{Code: CodeNoRecording, Detail: nothing}
	var lastFilter *Filter
	for _, f := range filters {
		if err := s.oneNode(ctx, f); err != nil {
			return nil, nil, err
		}
		r, err := s.newest(ctx, req.Username, f)
		switch {
		case r != nil && !s.passable(req.Username, r), err != nil && CodeOf(err) != CodeDeleted:
			return r, &f, err
		case last == nil && (r != nil || err != nil): // nothing to hear there; another leg of the call may have audio
			last, lastErr, lastFilter = r, err, &f
		}
	}
	return last, lastFilter, lastErr
}

// passable tells whether an older recording may be handed out in the place of this one: its recording has failed, and
// that is no secret to the user.
func (s *Service) passable(username string, r *Recording) bool {
	return r.State == Failed && s.mayHear(username, r) == nil
}

// newest walks from the newest match to older ones, passing over what the contract says. Neither a recording nor an
// error means that nothing matches at all.
func (s *Service) newest(ctx context.Context, username string, f Filter) (*Recording, error) {
	f.Limit = 20
	var broken *Recording
	anyDeleted := false
	for {
		rows, err := s.store.Find(ctx, f)
		if err != nil {
			return nil, storeError(err)
		}
		for _, r := range rows {
			switch {
			case r.Deleted():
				anyDeleted = true
			case !s.passable(username, r):
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
	if broken == nil && anyDeleted {
		return nil, deleted()
	}
	return broken, nil
}
