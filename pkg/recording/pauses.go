package recording

import "slices"

// pausesOf finds in a recording's timeline when it was paused.
func pausesOf(r *Recording, events []Event) times {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	var all []piece
	open := false
	for _, e := range events {
		at := e.At.Sub(r.StartedAt)
		switch {
		case e.Kind == EventPaused && !open:
			all, open = append(all, piece{at, r.EndedAt.Sub(r.StartedAt)}), true
		case e.Kind == EventResumed && open:
			all[len(all)-1].to, open = at, false
		}
	}
	return timesOf(all...)
}
