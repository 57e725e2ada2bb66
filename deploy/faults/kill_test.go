package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ari-recorder/deploy/lab"
)

// lanes is how many sites share the arrows of a path.
const lanes = 4

// path is what is done with a call while the service is killed in the midst of it.
type path struct {
	options func() SiteOptions // nil: none
	// prepare and act work on a call of their own; act is what is interrupted, and may find no answer.
	prepare func(*scene, *lab.Call, string) *Entry
	act     func(*scene, *lab.Call, *Entry, string) (*Entry, Span)
	// mend is what the client does once the service is back.
	mend func(*scene, *lab.Call, *Entry, string, Span)
	must []Step // without these the path was not walked
}

// Killed with SIGKILL at each arrow of the start path, the service is started again, and the CRM asks again.
func TestKilledAtEachArrowOfTheStart(t *testing.T) {
	t.Parallel()
	path{
		prepare: func(*scene, *lab.Call, string) *Entry { return nil },
		act: func(s *scene, c *lab.Call, _ *Entry, tag string) (*Entry, Span) {
			e, a, _ := s.Record(t.Context(), c.Callee, tag, Span{}, c.Caller.Tone, c.Callee.Tone) // killed, it does not answer
			return e, a.Asked
		},
		mend: func(s *scene, c *lab.Call, _ *Entry, tag string, asked Span) {
			e := s.record(c, tag, asked)
			s.speak(1200 * time.Millisecond)
			s.finish(e)
		},
		must: []Step{
			{"insert recordings starting", Asked}, {"insert recordings starting", Answered}, {"snoop", Asked}, {"snoop", Answered},
			{"StasisStart", Told}, {"set variable", Asked}, {"record", Asked}, {"record", Answered}, {"RecordingStarted", Told},
			{"look for file", Answered}, {"update recordings recording", Asked}, {"update recordings recording", Answered},
		},
	}.walk(t)
}

// Killed with SIGKILL at each arrow from the request to stop until Asterisk's copy is deleted.
func TestKilledAtEachArrowOfTheStop(t *testing.T) {
	t.Parallel()
	path{
		prepare: started,
		act: func(s *scene, _ *lab.Call, e *Entry, _ string) (*Entry, Span) {
			a, _ := s.Finish(t.Context(), e) // killed, it does not answer
			return e, a.Asked
		},
		mend: func(s *scene, _ *lab.Call, e *Entry, _ string, _ Span) { s.finish(e) },
		must: append([]Step{{"update recordings stopping", Asked}, {"update recordings stopping", Answered}, {"hang up", Asked}, {"hang up", Answered}}, filing...),
	}.walk(t)
}

// Killed with SIGKILL at each arrow from the end of the call until Asterisk's copy is deleted.
func TestKilledAtEachArrowOfTheEnd(t *testing.T) {
	t.Parallel()
	path{
		prepare: started,
		act: func(s *scene, c *lab.Call, e *Entry, _ string) (*Entry, Span) {
			s.hangUp(c, e) // it works whether the service is there or not
			return e, Span{}
		},
		mend: func(*scene, *lab.Call, *Entry, string, Span) {},
		must: append([]Step{{"RecordingFinished", Told}}, filing...),
	}.walk(t)
}

// filing are the arrows from a closed file to the end.
var filing = []Step{
	{"update recordings archiving", Asked}, {"update recordings archiving", Answered}, {"fetch file", Asked}, {"fetch file", Halfway},
	{"update recordings available", Asked}, {"update recordings available", Answered}, {"delete file", Asked}, {"delete file", Answered},
}

// started is a recording of which 1.2 s are spoken.
func started(s *scene, c *lab.Call, tag string) *Entry {
	e := s.record(c, tag, Span{})
	s.speak(1200 * time.Millisecond)
	return e
}

func (p path) site() SiteOptions {
	if p.options == nil {
		return SiteOptions{}
	}
	return p.options()
}

// walk walks the path once to learn its arrows, and then once for each of them.
func (p path) walk(t *testing.T) {
	arrows := p.rehearse(t)
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane+1), func(t *testing.T) {
			t.Parallel()
			s := open(t, p.site())
			for i := lane; i < len(arrows); i += lanes {
				p.interrupted(s, arrows[i])
			}
			s.settle()
		})
	}
}

// rehearse walks the path undisturbed.
func (p path) rehearse(t *testing.T) []Arrow {
	s := open(t, p.site())
	trap := NewTrap(Arrow{})
	c := s.call()
	e := p.prepare(s, c, "rehearsal")
	s.On(trap.Hook)
	e, asked := p.act(s, c, e, "rehearsal")
	t.Cleanup(func() { t.Logf("the arrows: %s", trap.Passed()) })
	s.within(again, func() bool { return p.walked(trap.Passed()) }, "the path was not walked")
	s.On(nil)
	p.mend(s, c, e, "rehearsal", asked)
	s.settle()
	return telling(trap.Passed())
}

func (p path) walked(arrows []Arrow) bool {
	for _, step := range p.must {
		if !slices.ContainsFunc(arrows, func(a Arrow) bool { return a.Step == step }) {
			return false
		}
	}
	return true
}

// telling leaves out what is repeated more than twice, but for the last.
func telling(all []Arrow) (arrows []Arrow) {
	for i, a := range all {
		last := !slices.ContainsFunc(all[i+1:], func(later Arrow) bool { return later.Step == a.Step })
		if a.Nth == 1 || last {
			arrows = append(arrows, a)
		}
	}
	return arrows
}

// interrupted walks the path up to the arrow, kills the service there, and starts it again.
func (p path) interrupted(s *scene, at Arrow) {
	s.t.Helper()
	tag := "killed " + at.String()
	c := s.call()
	e := p.prepare(s, c, tag)
	trap := NewTrap(at)
	s.On(trap.Hook)
	type outcome struct {
		entry *Entry
		asked Span
	}
	acted := make(chan outcome, 1)
	go func() {
		e, asked := p.act(s, c, e, tag)
		acted <- outcome{e, asked}
	}()
	select {
	case <-trap.Reached:
	case <-time.After(5 * time.Second):
		s.t.Logf("%s: not on this walk", tag) // the order of what happens at once is chance
	}
	s.Kill()
	trap.Release()
	s.On(nil)
	done := <-acted
	s.restart()
	p.mend(s, c, done.entry, tag, done.asked)
	s.hungUp(c)
}
