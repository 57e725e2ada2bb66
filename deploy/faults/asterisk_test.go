package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Asterisk is killed with SIGKILL while it records, and started again: what it had written is kept, with a right header.
func TestAsteriskIsKilledWhileItRecords(t *testing.T) {
	t.Parallel()
	asteriskIsKilled(t, false)
}

// Asterisk and the service are killed at once, as when the machine loses its power.
func TestAsteriskAndTheServiceAreKilled(t *testing.T) {
	t.Parallel()
	asteriskIsKilled(t, true)
}

func asteriskIsKilled(t *testing.T, withService bool) {
	s := open(t, SiteOptions{PBX: lab.NewAsterisk(t, lab.AsteriskOptions{})})
	var entries []*Entry
	begin := func(tag string) *Entry {
		e := s.record(s.call(), tag, Span{})
		entries = append(entries, e)
		return e
	}
	long := begin("long")
	paused := begin("paused")
	s.speak(4 * time.Second)
	s.pause(paused)
	s.speak(500 * time.Millisecond)
	begin("young")
	from := time.Now()
	require.NoError(t, s.PBX.Kill())
	if withService {
		s.Kill()
	}
	for _, e := range entries {
		e.cut(Span{from, time.Now()})
	}
	long.Causes, paused.Causes = nil, nil // much of them was written
	s.speak(time.Second)
	require.NoError(t, s.PBX.Restart(t.Context()))
	if withService {
		require.NoError(t, s.Start(t.Context()))
	}
	require.NoError(t, s.Ready(t.Context()))
	after := s.record(s.call(), "after", Span{})
	s.speak(time.Second)
	s.finish(after)
	tally := s.settle()
	require.GreaterOrEqual(t, tally.Available, 3, "%s", long.Tag)
}
