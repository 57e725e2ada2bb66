package faults

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Span is a time in which something happened, by this program's clock: it was asked for not before From, and known to have happened at To.
type Span struct{ From, To time.Time }

// Rest is one pause of a recording; Back is zero if it ended paused. Out.To is zero if nobody has acknowledged it, so that it may or may not
// have been.
type Rest struct{ Out, Back Span }

// Turn is a transfer in the midst of a recording: who leaves is heard before, who comes afterwards. Comes is zero if it is not certain that he came.
type Turn struct {
	At            Span
	Leaves, Comes float64 // tones, in hertz
}

// Entry is a recording that the service has acknowledged, and what is true of it.
type Entry struct {
	ID, Tag      string
	Voices       []float64 // tones, in hertz, that must be heard all along
	Began, Ended Span
	Rests        []Rest
	Turn         *Turn // nil: nobody was transferred. Not together with Rests

	Lost   time.Duration // how much may be missing, by what was done to it
	Causes []string      // codes of failures that would be true, by what was done to it

	pending bool // its end was asked for and is not acknowledged
	lenient bool // a voice may be wanting where the recording's own gaps say so
	excused bool // one was
	choppy  bool // a voice may be broken up: all that the machine carries speak at once
}

// Ledger holds every recording that was acknowledged. Its methods are safe for concurrent use.
type Ledger struct {
	// Lenient takes the service's word, in a recording's gaps, for a voice that is wanting: where faults are random, nobody else knows which of them
	// has met whom. It is counted.
	Lenient bool

	mu      sync.Mutex
	entries []*Entry
}

// Acknowledged writes down that the service has answered a start with 200 or 201. Asked and answered are when; if an answer to an earlier request
// for the same recording was lost, asked is when that one was sent.
func (l *Ledger) Acknowledged(id, tag string, began Span, voices ...float64) *Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.ID == id {
			return e
		}
	}
	e := &Entry{ID: id, Tag: tag, Voices: voices, Began: began, lenient: l.Lenient}
	l.entries = append(l.entries, e)
	return e
}

// Entries are all, in the order in which they were acknowledged.
func (l *Ledger) Entries() []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*Entry(nil), l.entries...)
}

// bounds are how long the audio may be. A span says between which moments something happened, so that they are apart by what is not known.
func (e *Entry) bounds() (shortest, longest time.Duration) {
	shortest = e.Ended.From.Sub(e.Began.To) - e.Lost
	longest = e.Ended.To.Sub(e.Began.From)
	for _, r := range e.Rests {
		back := r.Back
		if back.To.IsZero() {
			back = e.Ended
		}
		shortest -= back.To.Sub(r.Out.From)
		if !r.Out.To.IsZero() {
			longest -= max(0, back.From.Sub(r.Out.To))
		}
	}
	return shortest, longest
}

// errNotSettled says that a recording may still become what it must be.
var errNotSettled = errors.New("it is still in work")

// wrong names the entry in an error.
func (e *Entry) wrong(format string, args ...any) error {
	return fmt.Errorf("recording %s, %q: %w", e.ID, e.Tag, fmt.Errorf(format, args...))
}

// turned notes a transfer: who leaves is not heard all along.
func (e *Entry) turned(t Turn) {
	e.Turn = &t
	e.Voices = slices.DeleteFunc(slices.Clone(e.Voices), func(hz float64) bool { return hz == t.Leaves })
}
