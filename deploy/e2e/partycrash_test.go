package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// The service dies while the call is transferred: the tracks that run are taken back, the party that has come meanwhile is
// listened to from then on, and the ledger says what nobody knows.
func TestKilledWhileSomebodyJoins(t *testing.T) {
	s := open(t, map[string]string{"RECORDING_CAPTURE": "parties"})
	c, clock, away := s.talked("killed")
	s.Kill()
	third := s.refer(c, lab.Caller, "412")
	s.speak(time.Second)
	s.start()
	s.ready()
	s.speak(5 * edge)
	back := clock.now()
	s.speak(1500 * time.Millisecond)
	end := clock.now()
	require.NoError(t, third.HangUp(s.patient()))
	_, wav := s.hear("killed")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, back, end-edge, ann, carla)
	require.InDelta(t, end.Seconds(), length(wav).Seconds(), 0.3)
	gaps := s.gaps("killed")
	require.True(t, slices.ContainsFunc(gaps, func(g gap) bool { return g.Kind == "uncertain" && g.Channel == "" }), "%+v", gaps)
	t.Logf("%+v", gaps)
	s.noSnoops()
}

// The service dies again and again around a start: whatever is acknowledged ends with both voices or fails with a cause,
// and nothing is left in Asterisk.
func TestKilledAtAnyMomentOfAStart(t *testing.T) {
	s := open(t, map[string]string{"RECORDING_CAPTURE": "parties"})
	for i := range 8 {
		c := s.call(lab.CallOptions{})
		done := make(chan answer, 1)
		go func() { done <- s.ask("start", "extenOrUniqueId", "410", "tag", "moment") }()
		select {
		case <-time.After(time.Duration(i) * 1500 * time.Microsecond):
		case <-t.Context().Done():
		}
		s.Kill()
		told := <-done
		s.start()
		s.ready()
		s.speak(700 * time.Millisecond)
		s.hangUp(c)
		if told.status == 200 {
			_, wav := s.hear("moment")
			s.hears(wav, edge, 500*time.Millisecond, ann, bob)
		}
		s.noSnoops()
	}
}
