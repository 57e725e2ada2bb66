package recordingtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"ari-recorder/pkg/recording"
)

// List returns copies, newest first by the time of creation.
func (s *Store) List(ctx context.Context, f recording.Filter, p recording.Page) (found []*recording.Recording, err error) {
	err = s.do(ctx, "List", func() error {
		for _, row := range newest(s.matching(f), createdAt, p) {
			found = append(found, row.recording.Clone())
		}
		return nil
	}, nil)
	return found, err
}

// Calls returns copies, newest first.
func (s *Store) Calls(ctx context.Context, f recording.CallFilter, p recording.Page) (found []*recording.Call, err error) {
	err = s.do(ctx, "Calls", func() error {
		matching := slices.DeleteFunc(slices.Clone(s.calls), func(c *recording.Call) bool { return !matchesCall(f, c) })
		at := func(c *recording.Call) recording.Position { return recording.Position{At: c.StartedAt, Seq: c.Seq} }
		for _, c := range newest(matching, at, p) {
			found = append(found, copyOf(c))
		}
		return nil
	}, nil)
	return found, err
}

func matchesCall(f recording.CallFilter, c *recording.Call) bool {
	return is(f.Node, c.Node) && is(f.ExternalReference, c.ExternalReference) &&
		(is(f.UniqueID, c.LinkedID) || legOf(c, f.UniqueID) >= 0) && within(c.StartedAt, f.From, f.To)
}

// AuditTrail returns copies, newest first.
func (s *Store) AuditTrail(ctx context.Context, f recording.AuditFilter, p recording.Page) (found []recording.AuditEntry, err error) {
	err = s.do(ctx, "AuditTrail", func() error {
		matching := slices.DeleteFunc(slices.Clone(s.audit), func(e recording.AuditEntry) bool { return !matchesEntry(f, e) })
		found = newest(matching, func(e recording.AuditEntry) recording.Position { return recording.Position{At: e.At, Seq: e.Seq} }, p)
		return nil
	}, nil)
	return found, err
}

func matchesEntry(f recording.AuditFilter, e recording.AuditEntry) bool {
	return is(string(f.Action), string(e.Action)) && is(f.Username, e.Username) && is(f.Key, e.Actor.Name) &&
		is(f.RecordingID, e.RecordingID) && is(f.Outcome, e.Outcome) && within(e.At, f.From, f.To)
}

// Doomed returns copies, in the order of the time that dooms.
func (s *Store) Doomed(ctx context.Context, d recording.Doom, after recording.Position, limit int) (found []*recording.Recording, err error) {
	err = s.do(ctx, "Doomed", func() error {
		place := func(row *row) recording.Position {
			return recording.Position{At: doomedAt(d.Cause, row.recording), Seq: row.recording.Seq}
		}
		rows := slices.DeleteFunc(s.matching(recording.Filter{}), func(row *row) bool { return !doomed(d, row.recording) || !follows(after, place(row)) })
		slices.SortFunc(rows, func(a, b *row) int { return compare(place(a), place(b)) })
		for _, row := range rows[:min(limit, len(rows))] {
			found = append(found, row.recording.Clone())
		}
		return nil
	}, nil)
	return found, err
}

func doomed(d recording.Doom, r *recording.Recording) bool {
	at := doomedAt(d.Cause, r)
	always := d.Cause == recording.DoomAsked && d.Before.IsZero()
	return !r.State.InWork() && !r.LegalHold && r.ErasedAt.IsZero() && !at.IsZero() && (always || at.Before(cut(d.Before)))
}

// doomedAt is the time by which the cause dooms the recording; zero if it does not. Each recording has one cause.
func doomedAt(c recording.Cause, r *recording.Recording) time.Time {
	switch {
	case c == recording.DoomAsked:
		return r.EraseAskedAt
	case c == recording.DoomDeleted && r.EraseAskedAt.IsZero():
		return r.DeletedAt
	case c == recording.DoomAged && r.EraseAskedAt.IsZero() && !r.Deleted():
		return r.CreatedAt
	default:
		return time.Time{}
	}
}

func createdAt(row *row) recording.Position {
	return recording.Position{At: row.recording.CreatedAt, Seq: row.recording.Seq}
}

// newest sorts the list, newest first, and returns the page of it.
func newest[T any](list []T, at func(T) recording.Position, p recording.Page) []T {
	slices.SortFunc(list, func(a, b T) int { return compare(at(b), at(a)) })
	if p.After != (recording.Position{}) {
		list = slices.DeleteFunc(list, func(entry T) bool { return compare(at(entry), p.After) >= 0 })
	}
	if p.Limit > 0 {
		list = list[:min(p.Limit, len(list))]
	}
	return list
}

// follows tells whether a place is behind another one, in a list that goes from the oldest to the newest.
func follows(after, place recording.Position) bool {
	return after == (recording.Position{}) || compare(place, after) > 0
}

func compare(a, b recording.Position) int {
	return cmp.Or(a.At.Compare(cut(b.At)), cmp.Compare(a.Seq, b.Seq))
}

func is(want, have string) bool { return want == "" || want == have }
