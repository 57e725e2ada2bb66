package recording

import (
	"context"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// deed is what somebody has asked for, on its way into the audit trail: within the change that it makes or, where it
// changes nothing, by itself.
type deed struct {
	entry   AuditEntry
	carried bool // the latest change had it with it
	claimed bool // whoever commits the state of a start that was answered sees to it
}

func newDeed(action Action, by Actor, subject string) *deed {
	return &deed{entry: AuditEntry{Action: action, Actor: by, Subject: subject, Outcome: OutcomeOK}.clean()}
}

// as adds whom the caller says that he is.
func (d *deed) as(username string) *deed {
	d.entry.Username = username
	d.entry = d.entry.clean()
	return d
}

// within is the entry of a success, for an event of the change that makes it.
func (d *deed) within(r *Recording) *AuditEntry {
	d.carried = true
	e := d.entry
	e.RecordingID = r.ID
	return &e
}

// event is a line of the timeline that tells who asked.
func (d *deed) event(kind EventKind) Event {
	return Event{Kind: kind, Actor: d.entry.Actor.Name, Address: d.entry.Actor.Address}
}

// attest writes the deed into the audit trail, unless its change had it with it. Where the database does not take it, or
// is what failed already, the whole entry is in the log: what was done or refused stays so.
func (s *Service) attest(ctx context.Context, d *deed, id string, outcome error) {
	if outcome == nil && d.carried {
		return
	}
	e := d.entry
	e.RecordingID = id
	if outcome != nil {
		e.Outcome = string(CodeOf(outcome))
	}
	err := outcome
	if CodeOf(outcome) != CodeDatabase {
		err = s.write(ctx, e)
	}
	if err != nil {
		s.unwritten(ctx, e, err)
	}
}

// unwritten leaves in the log what the audit trail lacks.
func (s *Service) unwritten(ctx context.Context, e AuditEntry, err error) {
	s.Log.ErrorContext(ctx, "not in the audit trail, for the database did not take it", "action", e.Action, "subject", e.Subject,
		"recording", e.RecordingID, "username", e.Username, "key", e.Actor.Name, "client", e.Actor.Address,
		"request", e.Actor.RequestID, "outcome", e.Outcome, "error", err)
	s.lacks(e)
}

// lacks counts what the audit trail lacks.
func (s *Service) lacks(e AuditEntry) {
	if s.Observer != nil {
		s.Observer.NotAudited(e.Action)
	}
}

// write appends to the audit trail within a bound, whatever has become of the request.
func (s *Service) write(ctx context.Context, e AuditEntry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditBound)
	defer cancel()
	if e.At.IsZero() {
		e.At = s.now()
	}
	return s.store.Audit(ctx, e)
}

// Denied writes into the audit trail that a door has refused a request. What keeps it from that is in the log.
func (s *Service) Denied(ctx context.Context, e AuditEntry) {
	e = e.clean()
	if e.Action == "" {
		e.Action = ActionDenied
	}
	if err := s.write(ctx, e); err != nil {
		s.unwritten(ctx, e, err)
	}
}

// The longest texts of an audit entry, in characters: what was refused may hold anything.
const (
	maxSubject = 1024
	maxActor   = 255
)

func (e AuditEntry) clean() AuditEntry {
	e.Subject = cleanText(e.Subject, maxSubject)
	for _, text := range []*string{&e.Username, &e.Actor.Name, &e.Actor.Address, &e.Actor.RequestID} {
		*text = cleanText(*text, maxActor)
	}
	return e
}

// cleanText makes one bounded, valid line of a text.
func cleanText(text string, limit int) string {
	if len(text) > limit*utf8.UTFMax {
		text = text[:limit*utf8.UTFMax]
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit-1]) + "…"
	}
	return strings.ToValidUTF8(text, string(utf8.RuneError))
}

// errands are what a request has left to be done, and nobody waits for unless he wants to see what comes of it.
type errands struct {
	mu    sync.Mutex
	under map[chan struct{}]bool
}

func (e *errands) begin() (done func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.under == nil {
		e.under = make(map[chan struct{}]bool)
	}
	errand := make(chan struct{})
	e.under[errand] = true
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.under, errand)
		close(errand)
	}
}

// done waits until all that has begun before is done, or ctx ends.
func (e *errands) done(ctx context.Context) {
	for _, errand := range e.list() {
		select {
		case <-errand:
		case <-ctx.Done():
			return
		}
	}
}

func (e *errands) list() (list []chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for errand := range e.under {
		list = append(list, errand)
	}
	return list
}

// errand does what the caller of a request does not wait for.
func (s *Service) errand(work func()) {
	done := s.errands.begin()
	s.work.Go(func() {
		defer done()
		work()
	})
}
