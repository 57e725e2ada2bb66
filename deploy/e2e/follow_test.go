package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

var following = map[string]string{"RECORDING_CAPTURE": "parties", "RECORDING_FOLLOW": "call", "RECORDING_CHANNELS": "2"}

// A recording that follows its call, in two channels: the recorded extension left, everyone else right.
func TestFollowingTheCall(t *testing.T) {
	s := open(t, following)
	for _, story := range []story{
		{"blind transfer by the recorded party", followedBlind},
		{"attended transfer by the recorded party", followedAttended},
		{"parked by the recorded party, and fetched", followedPark},
		{"a conference that the recorded party leaves", followedConference},
		{"a plain end", followedEnd},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(s.in(t)) })
	}
}

func followedBlind(s *site) {
	c, clock, away := s.talked("f-blind")
	third := s.refer(c, lab.Callee, "412")
	joined, end := s.goOn(clock, 4*edge)
	require.NoError(s.t, third.HangUp(s.patient()))
	_, wav := s.hear("f-blind")
	require.Len(s.t, wav.Channels, 2)
	s.hearsOn(wav, 0, 0, away-edge, ann)
	s.hearsOn(wav, 1, 0, away-edge, bob)
	s.hearsOn(wav, 0, joined+edge, end-edge) // the recorded party has gone
	s.hearsOn(wav, 1, joined+edge, end-edge, bob, carla)
	require.Empty(s.t, s.gaps("f-blind"))
	s.noSnoops()
}

func followedAttended(s *site) {
	c, clock, away := s.talked("f-attended")
	second := s.consult(c, lab.Callee, "412")
	before := clock.now()
	require.NoError(s.t, c.Complete(s.patient(), lab.Callee, second))
	joined, end := s.goOn(clock, 5*edge)
	_, wav := s.hear2(c, second, "f-attended")
	s.hearsOn(wav, 0, 0, away-edge, ann)
	s.hearsOn(wav, 1, away+2*edge, before-edge, bob) // on hold, and still in the call; the consultation was not
	s.hearsOn(wav, 1, joined+edge, end-edge, bob, carla)
	require.Empty(s.t, s.gaps("f-attended"))
}

func followedPark(s *site) {
	c, clock, away := s.talked("f-park")
	require.NoError(s.t, c.Transfer(s.patient(), lab.Callee, "700"))
	s.speak(6500 * time.Millisecond) // longer than a transfer takes: who is parked waits
	fetched := s.call(lab.CallOptions{From: "412", To: "701"})
	joined, end := s.goOn(clock, 4*edge)
	s.hangUp(fetched)
	_, wav := s.hear("f-park")
	s.hearsOn(wav, 0, 0, away-edge, ann)
	s.hearsOn(wav, 1, 0, away-edge, bob)
	s.hearsOn(wav, 0, joined+edge, end-edge)
	s.hearsOn(wav, 1, joined+edge, end-edge, bob, carla)
	require.Empty(s.t, s.gaps("f-park"))
}

func followedConference(s *site) {
	first := s.call(lab.CallOptions{From: "410", To: "610"})
	others := []*lab.Call{s.call(lab.CallOptions{From: "411", To: "610"}), s.call(lab.CallOptions{From: "412", To: "610"})}
	clock := s.begin("410", "f-conference")
	s.speak(1500 * time.Millisecond)
	away := clock.now()
	s.hangUp(first)
	s.speak(1500 * time.Millisecond)
	end := clock.now()
	for _, c := range others {
		s.hangUp(c)
	}
	_, wav := s.hear("f-conference")
	s.hearsOn(wav, 0, 0, away-edge, ann)
	s.hearsOn(wav, 1, 0, end-edge, bob, carla)
	s.hearsOn(wav, 0, away+2*edge, end-edge)
	require.Empty(s.t, s.gaps("f-conference"))
}

func followedEnd(s *site) {
	c := s.call(lab.CallOptions{})
	clock := s.begin("410", "f-end")
	s.speak(1500 * time.Millisecond)
	end := clock.now()
	s.hangUp(c)
	_, wav := s.hear("f-end")
	require.InDelta(s.t, end.Seconds(), length(wav).Seconds(), 0.3)
	s.hearsOn(wav, 0, 0, end-edge, ann)
	s.hearsOn(wav, 1, 0, end-edge, bob)
	require.Empty(s.t, s.gaps("f-end"))
}

// The service dies twice: while somebody is transferred to a third phone, and while those two talk.
func TestKilledWhileTheCallGoesOn(t *testing.T) {
	s := open(t, following)
	c := s.call(lab.CallOptions{})
	clock := s.begin("410", "f-kill")
	s.speak(time.Second)
	away := clock.now()
	s.Kill()
	third := s.refer(c, lab.Callee, "412")
	s.speak(5 * edge)
	s.start()
	s.ready()
	s.speak(time.Second)
	taken := clock.now()
	s.speak(time.Second)
	s.Kill()
	s.start()
	s.ready()
	s.speak(time.Second)
	end := clock.now()
	require.NoError(s.t, third.HangUp(s.patient()))
	_, wav := s.hear("f-kill")
	s.hearsOn(wav, 0, 0, away-edge, ann)
	s.hearsOn(wav, 1, 0, away-edge, bob)
	s.hearsOn(wav, 1, taken, end-2*edge, bob, carla)
	for _, g := range s.gaps("f-kill") {
		require.Contains(s.t, []string{"uncertain", "missing"}, g.Kind)
	}
	require.NotEmpty(s.t, s.gaps("f-kill"))
}
