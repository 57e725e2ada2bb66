package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

const dirk = 830.0 // of 413

// features are stories of what an office's dialplan does with a call, while the recorded party stays in it.
var features = []story{
	{"parked by the other party, and fetched", parked},
	{"picked up at another phone", pickedUp},
	{"a queue, caller and member", queued},
	{"redirected to somebody", redirectedToSomebody},
	{"redirected into a conference", redirectedToConference},
	{"a chain of Local channels", func(s *site) { throughLocal(s, lab.ViaLocal+lab.ViaLastingLocal) }},
	{"transferred behind Local channels that stay", func(s *site) { transferredBehind(s, lab.ViaLastingLocal) }},
	{"transferred where Local channels were", func(s *site) { transferredBehind(s, lab.ViaLocal) }},
}

// third is a phone that waits to be called.
func (s *site) third(extension string) *lab.Third {
	s.t.Helper()
	third, err := s.pbx.Third(s.patient(), extension)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = third.Close() })
	return third
}

// command is one of Asterisk's console.
func (s *site) command(cli string) {
	s.t.Helper()
	_, err := s.pbx.Command(s.patient(), cli)
	require.NoError(s.t, err)
}

// joins lets the phone pick up, and talk with the recorded party until the end, which is the phone's.
func (s *site) joins(third *lab.Third, clock clock) (joined, end time.Duration) {
	s.t.Helper()
	require.NoError(s.t, third.Rings(s.patient()))
	require.NoError(s.t, third.Answer(s.patient()))
	joined, end = s.goOn(clock, 4*edge)
	require.NoError(s.t, third.HangUp(s.patient()))
	return joined, end
}

func parked(s *site) {
	c, clock, away := s.talked("park")
	require.NoError(s.t, c.Transfer(s.patient(), lab.Caller, "700"))
	s.speak(1500 * time.Millisecond)
	before := clock.now()
	fetched := s.call(lab.CallOptions{From: "412", To: "701"})
	joined, end := s.goOn(clock, 3*edge)
	s.hangUp(fetched)
	_, wav := s.hear("park")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hearsMusic(wav, "park", away+3*edge, before-edge)
	s.hears(wav, joined+edge, end-edge, ann, carla)
}

func pickedUp(s *site) {
	c, clock, away := s.talked("pickup")
	called, err := c.Refer(s.patient(), lab.Caller, "412")
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = called.Close() })
	picker := s.call(lab.CallOptions{From: "413", To: "*7*412"})
	require.NoError(s.t, called.Ended(s.patient()))
	joined, end := s.goOn(clock, 4*edge)
	s.hangUp(picker)
	_, wav := s.hear("pickup")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, joined+edge, end-edge, ann, dirk)
	s.nothingMissing("pickup")
}

// nothingMissing insists that all that was said is there. Nobody speaks to one who waits until somebody answers.
func (s *site) nothingMissing(tag string) {
	s.t.Helper()
	require.Empty(s.t, slices.DeleteFunc(s.gaps(tag), func(g gap) bool { return g.Kind == "silent" && g.To-g.From < 1000 }))
}

func queued(s *site) {
	member := s.third("412")
	agent := "Local/" + member.Number + "@phones"
	s.call(lab.CallOptions{From: "410", To: "620"})
	clock := s.begin("410", "queue")
	s.speak(1500 * time.Millisecond)
	away := clock.now()
	s.command("queue add member " + agent + " to lab")
	require.NoError(s.t, member.Rings(s.patient()))
	require.NoError(s.t, member.Answer(s.patient()))
	s.command("queue remove member " + agent + " from lab") // or it is called again when this is over
	s.speak(4 * edge)
	joined, own := clock.now(), s.begin("412", "member")
	s.speak(1500 * time.Millisecond)
	end, ownEnd := clock.now(), own.now()
	require.NoError(s.t, member.HangUp(s.patient()))
	_, wav := s.hear("queue")
	s.hears(wav, edge, away-edge, ann, lab.MusicTone)
	s.hears(wav, joined+edge, end-edge, ann, carla)
	s.nothingMissing("queue")
	_, wav = s.hear("member")
	s.hears(wav, 0, ownEnd-edge, ann, carla)
	require.Empty(s.t, s.gaps("member"))
}

func redirectedToSomebody(s *site) {
	third := s.third("412")
	c, clock, away := s.talked("sent")
	s.command("channel redirect " + c.Callee.Name + " phones," + third.Number + ",1")
	joined, end := s.joins(third, clock)
	_, wav := s.hear("sent")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, joined+edge, end-edge, ann, carla)
	s.nothingMissing("sent")
}

func redirectedToConference(s *site) {
	there := []*lab.Call{s.call(lab.CallOptions{From: "412", To: "610"}), s.call(lab.CallOptions{From: "413", To: "610"})}
	c, clock, away := s.talked("to-conference")
	s.command("channel redirect " + c.Callee.Name + " phones,610,1")
	s.speak(4 * edge)
	joined := clock.now()
	s.speak(1500 * time.Millisecond)
	s.hangUp(there[1])
	left := clock.now()
	s.speak(1500 * time.Millisecond)
	end := clock.now()
	s.stop(c.Callee.ID)
	_ = c.Close() // the caller has left already
	s.hangUp(there[0])
	_, wav := s.hear("to-conference")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, joined+edge, left-2*edge, ann, carla, dirk)
	s.hears(wav, left+edge, end-edge, ann, carla)
	s.nothingMissing("to-conference")
}

func transferredBehind(s *site, via string) {
	c := s.call(lab.CallOptions{Via: via})
	tag := "behind-" + via[1:]
	clock := s.begin("410", tag)
	s.speak(1500 * time.Millisecond)
	away := clock.now()
	third, err := c.Refer(s.patient(), lab.Caller, "412")
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = third.Close() })
	require.NoError(s.t, third.Answer(s.patient()))
	joined, end := s.goOn(clock, 4*edge)
	require.NoError(s.t, third.HangUp(s.patient()))
	_, wav := s.hear(tag)
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, joined+edge, end-edge, ann, carla)
	s.nothingMissing(tag)
}

// Each format holds the same.
func TestPartiesInWideband(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"RECORDING_FORMAT": "wav16"})
	for _, story := range []story{{"a plain call", plainCall}, {"blind transfer by the other party", blindByOther}, {"paused", pausedMeanwhile}} {
		t.Run(story.name, func(t *testing.T) { story.tell(s.in(t)) })
	}
}
