package recordingtest

import (
	"context"
	"slices"
	"time"

	"ari-recorder/pkg/recording"
)

// Audited returns what was written to it, oldest first.
func (s *Store) Audited() []recording.AuditEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.audit)
}

// ExpireLeases makes every lease run out a moment ago.
func (s *Store) ExpireLeases(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range s.rows {
		row.leaseUntil = time.Time{}
	}
	return nil
}

// Audit keeps the entry.
func (s *Store) Audit(ctx context.Context, e recording.AuditEntry) error {
	return s.do(ctx, "Audit", func() error { s.note(e); return nil }, nil)
}

func (s *Store) note(e recording.AuditEntry) {
	e.At, e.Seq = cut(e.At), int64(len(s.audit)+1)
	s.audit = append(s.audit, e)
}

// happened adds events to the row's timeline, and what comes with them to the audit trail.
func (s *Store) happened(row *row, events ...recording.Event) {
	for _, e := range events {
		if e.Audit != nil {
			s.note(*e.Audit)
		}
		if e.Call != nil {
			s.put(*e.Call)
		}
		e.At, e.Audit, e.Call = cut(e.At), nil, nil
		row.events = append(row.events, e)
	}
}

// PutCall adds to the call what is new about it.
func (s *Store) PutCall(ctx context.Context, c recording.Call) error {
	return s.do(ctx, "PutCall", func() error { s.put(c); return nil }, nil)
}

func (s *Store) put(c recording.Call) {
	i := slices.IndexFunc(s.calls, func(known *recording.Call) bool { return known.Node == c.Node && known.LinkedID == c.LinkedID })
	if i < 0 {
		i = len(s.calls)
		s.calls = append(s.calls, &recording.Call{Seq: int64(i + 1), Node: c.Node, LinkedID: c.LinkedID, StartedAt: cut(c.StartedAt)})
	}
	known := s.calls[i]
	if c.ExternalReference != "" {
		known.ExternalReference = c.ExternalReference
	}
	for _, leg := range c.Legs {
		merge(known, leg)
	}
}

func merge(c *recording.Call, leg recording.Leg) {
	if i := legOf(c, leg.UniqueID); i >= 0 {
		c.Legs[i] = leg
		return
	}
	c.Legs = append(c.Legs, leg)
}

func legOf(c *recording.Call, uniqueID string) int {
	return slices.IndexFunc(c.Legs, func(leg recording.Leg) bool { return leg.UniqueID == uniqueID })
}

// Call returns a copy of the latest call with the leg.
func (s *Store) Call(ctx context.Context, node, uniqueID string) (found *recording.Call, err error) {
	err = s.do(ctx, "Call", func() error {
		for _, c := range slices.Backward(s.calls) {
			if c.Node == node && legOf(c, uniqueID) >= 0 {
				found = copyOf(c)
				return nil
			}
		}
		return recording.ErrNotFound
	}, nil)
	return found, err
}

func copyOf(c *recording.Call) *recording.Call {
	copied := *c
	copied.Legs = slices.Clone(c.Legs)
	return &copied
}

// matching returns the rows that match, newest first; Before and Limit are for the caller to look at.
func (s *Store) matching(f recording.Filter) []*row {
	var found []*row
	for _, row := range s.rows {
		if matches(f, row.recording) {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, func(a, b *row) int { return int(b.recording.Seq - a.recording.Seq) })
	return found
}

func matches(f recording.Filter, r *recording.Recording) bool {
	return is(f.Tag, r.Tag) && is(f.Node, r.Node) && is(f.UniqueID, r.UniqueID) && is(f.LinkedID, r.LinkedID) && is(f.Extension, r.Extension) &&
		(len(f.UniqueIDs) == 0 || slices.Contains(f.UniqueIDs, r.UniqueID)) &&
		(len(f.States) == 0 || slices.Contains(f.States, r.State)) &&
		(!f.NotDeleted || !r.Deleted()) &&
		(!f.CallLives || r.CallEndedAt.IsZero()) &&
		(!f.SourceExists || r.SourceDeletedAt.IsZero() && (r.State == recording.Available || r.State == recording.Failed)) &&
		within(beganAt(r), f.From, f.To)
}

// beganAt is the time that a filter's From and To are about.
func beganAt(r *recording.Recording) time.Time {
	if r.StartedAt.IsZero() {
		return r.CreatedAt
	}
	return r.StartedAt
}

// within tells whether a stored time is in the range; a bound that is zero is none.
func within(at, from, to time.Time) bool {
	return (from.IsZero() || !at.Before(cut(from))) && (to.IsZero() || at.Before(cut(to)))
}

// occupied tells whether another recording has the channel that r wants.
func (s *Store) occupied(r *recording.Recording) bool {
	key, running := r.RunningKey()
	for id, row := range s.rows {
		if held, holds := row.recording.RunningKey(); running && holds && held == key && id != r.ID {
			return true
		}
	}
	return false
}

func leaseOf(r *recording.Recording) time.Time {
	if !r.State.InWork() || r.Owner == "" {
		return time.Time{}
	}
	return time.Now().Add(Lease)
}

// stored is r as a database would give it back: times in UTC, cut to the microsecond.
func stored(r *recording.Recording) *recording.Recording {
	kept := r.Clone()
	for _, at := range []*time.Time{
		&kept.CreatedAt, &kept.StartedAt, &kept.EndedAt, &kept.CallEndedAt, &kept.DeletedAt, &kept.EraseAskedAt, &kept.ErasedAt, &kept.SourceDeletedAt,
	} {
		*at = cut(*at)
	}
	for i := range kept.Tracks {
		kept.Tracks[i].StartedAt = cut(kept.Tracks[i].StartedAt)
		for n, span := range kept.Tracks[i].Spans {
			kept.Tracks[i].Spans[n] = recording.Span{From: cut(span.From), To: cut(span.To)}
		}
	}
	return kept
}

func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
