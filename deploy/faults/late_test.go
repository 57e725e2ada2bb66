package faults

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Events become slow while a start is under way, so that it is heard late that Asterisk records: the voices are put where they were spoken all
// the same.
func TestAStartOfWhichIsHeardLate(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{})
	for _, tag := range []string{"one", "two", "three"} {
		c := s.call()
		var slow sync.WaitGroup
		slow.Go(func() {
			s.ARI.Slow(500 * time.Millisecond)
			s.speak(4 * time.Second)
			s.ARI.Slow(0)
		})
		e := s.record(c, tag, Span{}) // where not even the snoop channel is heard of in time, it is refused, and asked for again
		slow.Wait()
		s.speak(1500 * time.Millisecond)
		s.finish(e)
		s.hangUp(c)
		e.lenient = true // a voice whose track could not be begun meanwhile is admitted
	}
	s.settle()
}

// A recorded call is transferred while events come late, and is stopped before they have told of it: who comes is heard, or the recording's gaps
// say that he may not be.
func TestAPartyComesWhileEventsAreLate(t *testing.T) {
	t.Parallel()
	s := open(t, SiteOptions{})
	for _, tag := range []string{"one", "two", "three"} {
		c := s.call()
		e := s.record(c, tag, Span{})
		s.speak(2 * time.Second)
		s.ARI.Slow(500 * time.Millisecond)
		turn := Turn{At: Span{From: time.Now()}, Leaves: c.Caller.Tone}
		third, err := c.Refer(t.Context(), lab.Caller, "412")
		require.NoError(t, err)
		t.Cleanup(func() { _ = third.Close() }) // its call is over
		require.NoError(t, third.Answer(t.Context()))
		turn.At.To, turn.Comes = time.Now(), third.Tone
		e.turned(turn)
		s.speak(2500 * time.Millisecond)
		s.finish(e)
		s.ARI.Slow(0)
		require.NoError(t, third.HangUp(t.Context()))
	}
	s.settle()
}
