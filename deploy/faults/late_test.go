package faults

import (
	"sync"
	"testing"
	"time"
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
