package asterisk

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Events are dated by when they happened, however late they come and whatever Asterisk's clock says.
func TestLateEventsAreDatedByWhenTheyHappened(t *testing.T) {
	const quick = 2 * time.Millisecond
	for name, ahead := range map[string]time.Duration{"the same": 0, "ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			var l lateness
			began := time.Now()
			tell := func(happened, read time.Duration) time.Duration {
				return l.when(began.Add(read), began.Add(happened+ahead)).Sub(began)
			}
			require.Equal(t, quick, tell(0, quick), "nothing is known yet")
			require.Equal(t, time.Second+quick, tell(time.Second, 3*time.Second), "late by two seconds")
			require.Equal(t, 3100*time.Millisecond, tell(3099*time.Millisecond, 3100*time.Millisecond), "quicker than any before")
			require.Equal(t, 3520*time.Millisecond, tell(3500*time.Millisecond, 3520*time.Millisecond), "hardly late")
			require.Equal(t, 4001*time.Millisecond, tell(4*time.Second, 4500*time.Millisecond))
			ahead += 20 * time.Second
			require.Equal(t, 5*time.Second+quick, tell(5*time.Second, 5*time.Second+quick), "Asterisk's clock was set")
			ahead -= time.Hour
			require.Equal(t, 6*time.Second+quick, tell(6*time.Second, 6*time.Second+quick), "and set back")
			require.Equal(t, 7*time.Second+quick, tell(7*time.Second, 8*time.Second))
			ahead -= 3 * time.Second // too little to tell from lateness: it is forgotten in time
			require.Less(t, tell(9*time.Second, 9*time.Second+quick), 7*time.Second)
			tell(70*time.Second, 70*time.Second+quick)
			require.Equal(t, 131*time.Second+quick, tell(131*time.Second, 131*time.Second+quick))
		})
	}
	var l lateness
	now := time.Now()
	require.Equal(t, now, l.when(now, time.Time{}), "an event without a time")
}

// While events come late, more of them may be on their way.
func TestUntilWhenEventsHaveBeenHeard(t *testing.T) {
	var l lateness
	began := time.Now()
	after := func(d time.Duration) time.Time { return began.Add(d) }
	require.Equal(t, after(0), l.until(after(0)))
	l.when(after(0), after(0))
	l.when(after(1100*time.Millisecond), after(time.Second))
	require.Equal(t, after(9*time.Second), l.until(after(9*time.Second)), "a little late, nothing is behind it")
	l.when(after(4*time.Second), after(2*time.Second))
	require.Equal(t, after(2*time.Second), l.until(after(9*time.Second)))
	l.caughtUp()
	require.Equal(t, after(9*time.Second), l.until(after(9*time.Second)))
	l.when(after(10*time.Second), after(8*time.Second))
	l.when(after(11*time.Second), after(11*time.Second))
	require.Equal(t, after(12*time.Second), l.until(after(12*time.Second)))
}
