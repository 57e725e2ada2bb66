package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// A recorded call is transferred while MariaDB cannot be reached, and ends before or after that is over: who comes is heard, or the recording's gaps say
// that he may not be.
func TestAPartyComesWhileMariaDBIsAway(t *testing.T) {
	t.Parallel()
	for name, endsMeanwhile := range map[string]bool{"ends meanwhile": true, "ends afterwards": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, SiteOptions{})
			c := s.call()
			e := s.record(c, name, Span{})
			s.speak(2 * time.Second)
			s.SQL.Freeze(true)
			turn := Turn{At: Span{From: time.Now()}, Leaves: c.Caller.Tone}
			third, err := c.Refer(t.Context(), lab.Caller, "412")
			require.NoError(t, err)
			t.Cleanup(func() { _ = third.Close() }) // its call is over
			require.NoError(t, third.Answer(t.Context()))
			turn.At.To, turn.Comes = time.Now(), third.Tone
			e.turned(turn)
			s.speak(4 * time.Second)
			if !endsMeanwhile {
				s.SQL.Freeze(false)
				s.speak(3 * time.Second)
			}
			e.Ended.From = time.Now()
			require.NoError(t, third.HangUp(t.Context()))
			e.Ended.To = time.Now()
			s.SQL.Freeze(false)
			s.settle()
		})
	}
}
