package faults

import (
	"fmt"
	"strings"
	"sync"
)

// Moment is how far a step between the service and what it depends on has come.
type Moment string

// The moments at which a step can be held or spoiled.
const (
	Asked    Moment = "before"  // the service has asked; nobody has heard it yet
	Halfway  Moment = "half of" // half of a file has been passed on
	Answered Moment = "after"   // it was carried out, but the service does not know that
	Told     Moment = "event"   // an event, before the service hears of it
)

// Step is one thing that passes between the service and Asterisk or the database, such as "record" or "insert recordings".
type Step struct {
	What   string
	Moment Moment
}

func (s Step) String() string { return string(s.Moment) + " " + s.What }

// Fate is what becomes of a step.
type Fate struct {
	Kind   FateKind
	Status int    // of an answer instead
	Body   string // of an answer instead
}

// FateKind is a kind of Fate.
type FateKind int

// The kinds of Fate. Events can be lost, told twice or told late; the rest is for requests.
const (
	Pass    FateKind = iota
	Lose             // nothing is ever answered; an event is never told
	Instead          // Status and Body are answered, and nobody else hears of the request if it was only Asked
	Twice
	Late // behind the next event
)

// Hook decides on each step. It may take its time: the step waits.
type Hook func(Step) Fate

// hooks are the present Hook of a wire; nil lets everything pass.
type hooks struct {
	mu   sync.Mutex
	hook Hook
}

// On sets the hook for all steps from now on; nil for none.
func (h *hooks) On(hook Hook) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hook = hook
}

func (h *hooks) decide(s Step) Fate {
	h.mu.Lock()
	hook := h.hook
	h.mu.Unlock()
	if hook == nil {
		return Fate{}
	}
	return hook(s)
}

// Arrow is one passage of a step: the nth since the trap was set, counted from 1.
type Arrow struct {
	Step
	Nth int
}

func (a Arrow) String() string {
	if a.Nth == 1 {
		return a.Step.String()
	}
	return fmt.Sprintf("%s, no. %d", a.Step, a.Nth)
}

// Trap holds the service at one arrow, so that it can be killed there. Without an arrow it only writes down what passes.
type Trap struct {
	Reached chan struct{} // closed when the service is held

	arrow Arrow
	gone  chan struct{}
	mu    sync.Mutex
	seen  map[Step]int
	list  []Arrow
}

// NewTrap sets a trap at the arrow; its Hook has to be given to the wires.
func NewTrap(at Arrow) *Trap {
	return &Trap{Reached: make(chan struct{}), arrow: at, gone: make(chan struct{}), seen: map[Step]int{}}
}

// Hook counts steps, but for what happens elsewhere in Asterisk, and holds the one that is meant until Release.
func (t *Trap) Hook(s Step) Fate {
	if strings.HasSuffix(s.What, elsewhere) {
		return Fate{}
	}
	t.mu.Lock()
	t.seen[s]++
	here := Arrow{s, t.seen[s]}
	t.list = append(t.list, here)
	t.mu.Unlock()
	if here != t.arrow {
		return Fate{}
	}
	close(t.Reached)
	<-t.gone
	return Fate{Kind: Lose}
}

// Release lets go of a step that is held: nobody waits for it any more.
func (t *Trap) Release() { close(t.gone) }

// Passed lists the arrows that were seen so far, in their order.
func (t *Trap) Passed() []Arrow {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Arrow(nil), t.list...)
}
