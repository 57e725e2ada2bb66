package faults

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// trio are three recordings under way: one goes on, one is stopped by us, the call of one ends.
type trio struct{ on, off, over *Entry }

// broken runs three recordings across a fault that lasts as long as during takes.
func (s *scene) broken(fault func(bool), during func(), speak time.Duration) {
	s.t.Helper()
	a, b, c := s.call(), s.call(), s.call()
	three := trio{s.record(a, "goes on", Span{}), s.record(b, "is stopped", Span{}), s.record(c, "ends", Span{})}
	s.speak(speak)
	fault(true)
	during()
	s.hangUp(c, three.over)
	s.speak(speak)
	fault(false)
	s.finish(three.off)
	s.speak(speak)
	s.finish(three.on)
	s.settle()
}

// The websocket and all other connections to Asterisk break, and again as often as they are made, while calls end.
func TestTheWebsocketIsCut(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{})
	s.broken(s.ARI.Block, func() {}, 1200*time.Millisecond)
}

// Packets to and from Asterisk are dropped and nobody is told, long enough for the service to notice by itself.
func TestPacketsAreDropped(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{})
	s.broken(s.ARI.Freeze, func() {
		s.within(15*time.Second, func() bool { return !s.isReady() }, "the dead connection was never noticed")
	}, 1200*time.Millisecond)
}

// Events are read so slowly that Asterisk cuts the reader off.
func TestASlowReaderOfEvents(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{})
	s.broken(func(slow bool) {
		if slow {
			s.ARI.Slow(time.Second)
		} else {
			s.ARI.Slow(0)
		}
	}, func() {
		for range 4 { // each call is thirty events
			s.hangUp(s.call())
		}
	}, 1200*time.Millisecond)
}

// The service stands still for longer than Asterisk waits for a reader.
func TestTheServiceStandsStill(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{})
	s.broken(func(still bool) { require.NoError(t, s.Suspend(still)) }, func() { s.speak(3 * time.Second) }, 1200*time.Millisecond)
}

func (s *scene) isReady() bool {
	a, err := s.Get(s.t.Context(), "/health/ready")
	return err == nil && a.Status == http.StatusOK
}

// Every event is told twice.
func TestEventsComeTwice(t *testing.T) {
	t.Parallel()
	eventsAre(t, Twice)
}

// Every other event comes behind the next one.
func TestEventsComeOutOfOrder(t *testing.T) {
	t.Parallel()
	eventsAre(t, Late)
}

func eventsAre(t *testing.T, kind FateKind) {
	s := open(t, SiteOptions{})
	s.ARI.On(func(step Step) Fate {
		if step.Moment == Told {
			return Fate{Kind: kind}
		}
		return Fate{}
	})
	for _, tag := range []string{"first", "second", "third"} {
		a, b := s.call(), s.call()
		stopped, ended := s.record(a, tag+" stopped", Span{}), s.record(b, tag+" ended", Span{})
		s.speak(time.Second)
		s.pause(ended)
		s.speak(500 * time.Millisecond)
		s.resume(ended)
		s.speak(time.Second)
		s.finish(stopped)
		s.hangUp(b, ended)
	}
	s.settle()
}

// A kind of event never comes.
func TestEventsNeverCome(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][]string{
		{"StasisStart"}, {"RecordingStarted"}, {"RecordingFinished"}, {"ChannelDestroyed", "StasisEnd"}, {"ChannelDestroyed" + elsewhere},
		{"RecordingFinished", "ChannelDestroyed", "StasisEnd"},
	} {
		t.Run(kinds[0], func(t *testing.T) {
			t.Parallel()
			s := open(t, SiteOptions{})
			a, b := s.call(), s.call()
			s.ARI.On(func(step Step) Fate {
				if step.Moment == Told && slices.Contains(kinds, step.What) {
					return Fate{Kind: Lose}
				}
				return Fate{}
			})
			first, _, err := s.Record(t.Context(), a.Callee, "stopped", Span{}, a.Caller.Tone, a.Callee.Tone)
			require.NoError(t, err)
			if first == nil { // it was refused, rightly
				s.ARI.On(nil)
				first = s.record(a, "stopped", Span{})
			}
			second := s.record(b, "ended", Span{})
			s.speak(time.Second)
			s.finish(first)
			s.hangUp(b, second)
			s.settle()
		})
	}
}
