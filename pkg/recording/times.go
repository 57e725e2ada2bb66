package recording

import (
	"cmp"
	"slices"
	"time"
)

// times is a set of times, counted from the beginning of a recording: pieces in order and apart from each other.
type times []piece

// piece is a time from one moment to another, which does not belong to it.
type piece struct{ from, to time.Duration }

func (p piece) length() time.Duration { return p.to - p.from }

// timesOf makes a set of pieces in any order; empty ones are none.
func timesOf(pieces ...piece) (all times) {
	pieces = slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool { return p.from >= p.to })
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	for _, p := range pieces {
		if n := len(all); n > 0 && p.from <= all[n-1].to {
			all[n-1].to = max(all[n-1].to, p.to)
			continue
		}
		all = append(all, p)
	}
	return all
}

func (t times) with(others ...times) times {
	return timesOf(slices.Concat(append([]times{t}, others...)...)...)
}

// within is what both sets hold.
func (t times) within(other times) times {
	var both []piece
	for _, a := range t {
		for _, b := range other {
			both = append(both, piece{max(a.from, b.from), min(a.to, b.to)})
		}
	}
	return timesOf(both...)
}

// without is what the other set does not hold.
func (t times) without(other times) times {
	rest := slices.Clone(t)
	for _, hole := range other {
		var left []piece
		for _, p := range rest {
			left = append(left, piece{p.from, min(p.to, hole.from)}, piece{max(p.from, hole.to), p.to})
		}
		rest = timesOf(left...)
	}
	return rest
}

// longerThan leaves out pieces that are no longer than d.
func (t times) longerThan(d time.Duration) times {
	return slices.DeleteFunc(slices.Clone(t), func(p piece) bool { return p.length() <= d })
}

// trimmed cuts the ends off long pieces, without leaving them out: what is there may belong to a neighbour.
func (t times) trimmed() (all []piece) {
	const end = 250 * time.Millisecond
	for _, p := range t {
		if p.length() > 4*end {
			all = append(all, piece{p.from, p.from + end}, piece{p.from + end, p.to - end}, piece{p.to - end, p.to})
		} else {
			all = append(all, p)
		}
	}
	return all
}

func (t times) length() (sum time.Duration) {
	for _, p := range t {
		sum += p.length()
	}
	return sum
}

// before is how much of the set lies before d.
func (t times) before(d time.Duration) time.Duration {
	return t.within(times{{min(0, d), d}}).length()
}
