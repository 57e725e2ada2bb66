package faults

import (
	"fmt"
	"testing"
	"time"
)

// spoilt is a fault of ARI: what is answered to a command.
type spoilt struct {
	Step
	name string
	fate Fate
}

// ARI answers 500, 503, garbage or nothing to a command, be it carried out or not.
func TestARIAnswersAmiss(t *testing.T) {
	t.Parallel()
	all := ariFaults()
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane+1), func(t *testing.T) {
			t.Parallel()
			s := open(t, SiteOptions{})
			for i := lane; i < len(all); i += lanes {
				s.endure(all[i])
			}
			s.settle()
		})
	}
}

func ariFaults() (all []spoilt) {
	for _, what := range Commands {
		for _, moment := range []Moment{Asked, Answered} {
			for _, amiss := range Amiss {
				all = append(all, spoilt{Step{what, moment}, amiss.Name, amiss.Fate})
			}
		}
	}
	return all
}

// endure records a call while the command is answered amiss: at first during a start, and then during a stop. The client repeats what is refused.
func (s *scene) endure(f spoilt) {
	s.t.Helper()
	tag := f.name + " " + f.String()
	hook := func(step Step) Fate {
		if step == f.Step {
			return f.fate
		}
		return Fate{}
	}
	c := s.call()
	s.ARI.On(hook)
	e, first, _ := s.Record(s.t.Context(), c.Callee, tag, Span{}, c.Caller.Tone, c.Callee.Tone) // refused or not, both are right
	s.ARI.On(nil)
	if e == nil {
		e = s.record(c, tag, first.Asked)
	}
	s.speak(time.Second)
	s.ARI.On(hook)
	_, _ = s.Finish(s.t.Context(), e) // refused or not, both are right
	s.speak(300 * time.Millisecond)
	s.ARI.On(nil)
	s.finish(e)
	s.hungUp(c)
}
