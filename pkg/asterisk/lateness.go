package asterisk

import (
	"sync"
	"time"
)

const (
	latenessTerm = time.Minute            // after one to two of these an older difference of the clocks is forgotten
	hardlyLate   = 20 * time.Millisecond  // a packet of audio: Asterisk's times are no finer than a millisecond, and nobody hears the difference
	tooLate      = 250 * time.Millisecond // behind an event that came later than that, others may be on their way
	mostLate     = 10 * time.Second       // what seems later than that is a clock that was set
)

// lateness dates events that come late, on our clock: by Asterisk's time of the event, and by how far its clock is from ours,
// which is what the quickest events of late show. A start that is dated by its reading would put a whole track at the wrong
// place.
type lateness struct {
	mu            sync.Mutex
	since         time.Time
	least, before time.Duration // from Asterisk's time to our reading, at best: in this term and in the one before
	known         bool
	last          time.Time     // when the last event happened, on our clock
	behind        time.Duration // how late that came
}

// when returns the moment, not after read, at which an event happened that Asterisk made at its own time made; read itself
// where it does not say when, or a clock was set.
func (l *lateness) when(read, made time.Time) time.Time {
	if made.IsZero() {
		return read
	}
	took := read.Sub(made)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch age := read.Sub(l.since); {
	case !l.known || age > 2*latenessTerm || age < 0 || took-min(l.least, l.before) > mostLate:
		l.known, l.since, l.least, l.before = true, read, took, took
	case age > latenessTerm:
		l.since, l.least, l.before = read, took, l.least
	default:
		l.least = min(l.least, took)
	}
	l.last, l.behind = read, 0
	if late := took - min(l.least, l.before); late > hardlyLate {
		l.last, l.behind = read.Add(-late), late
	}
	return l.last
}

// until returns up to when everything has been heard: now, unless the last event came so late that others may be on their
// way behind it.
func (l *lateness) until(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.behind < tooLate {
		return now
	}
	return l.last
}

// caughtUp tells that all is known, however late the last event was: everything has been asked for.
func (l *lateness) caughtUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind = 0
}
