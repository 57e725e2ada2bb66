package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/lab/tone"
)

// lostWithAsterisk is how much of a recording Asterisk has not written when it is killed, at most: it writes 32 KiB at once.
const lostWithAsterisk = 2100 * time.Millisecond

// Any container of a stack is killed with SIGKILL while calls are recorded, and started again: nothing is lost.
func TestAnyContainerIsKilled(t *testing.T) {
	if stackURL == "" {
		t.Skip("needs the containers of docker-compose.yml; its profile test runs this")
	}
	engine := ownComposition(t)
	for _, service := range []struct {
		name string
		test func(*site, *composition)
	}{{"recorder", recorderIsKilled}, {"mysql", mysqlIsKilled}, {"phones", phonesAreKilled}, {"asterisk", asteriskIsKilled}} {
		t.Run(service.name, func(t *testing.T) {
			s := joinStack(t)
			service.test(s, engine)
			s.ready()
			c := s.call(lab.CallOptions{From: "413", To: "412"})
			s.answers(http.StatusOK, "start", "extenOrUniqueId", c.Callee.ID, "tag", s.tag("afterwards"))
			s.speak(time.Second)
			s.hangUp(c)
			_, wav := s.hear(s.tag("afterwards"))
			s.holds(wav, c.Caller.Tone, c.Callee.Tone)
		})
	}
}

// taped is a recording of a call that somebody waits to have whole.
type taped struct {
	*lab.Call
	tag, id      string
	asked, known time.Time // when the start was asked for, and acknowledged
}

func (s *site) tape(extension, tag string, options lab.CallOptions) taped {
	s.t.Helper()
	c := s.call(options)
	r := taped{Call: c, tag: s.tag(tag), asked: time.Now()}
	r.id = s.record(extension, r.tag)
	r.known = time.Now()
	return r
}

// kept insists that a recording is stored and holds both voices and all from its acknowledgement to its end, which was asked
// for and known at those moments, but for what may be lost.
func (s *site) kept(r taped, asked, known time.Time, lost time.Duration) {
	s.t.Helper()
	a := s.answers(http.StatusOK, "retrieve", "tag", r.tag, "username", "fred")
	require.Equal(s.t, r.id, a.id())
	wav := s.decode(a)
	s.holds(wav, r.Caller.Tone, r.Callee.Tone)
	const slack = 350 * time.Millisecond // what a busy Asterisk loses
	require.GreaterOrEqual(s.t, length(wav), asked.Sub(r.known)-lost-slack)
	require.LessOrEqual(s.t, length(wav), known.Sub(r.asked)+slack)
}

// goesOn kills a container for a second while one call is recorded and another ends.
func (s *site) goesOn(engine *composition, service string) {
	s.t.Helper()
	going, ending := s.tape("410", "going on", lab.CallOptions{}), s.tape("412", "ending", lab.CallOptions{From: "413", To: "412"})
	s.speak(2 * time.Second)
	engine.kill(service)
	asked := time.Now()
	s.hangUp(ending.Call)
	known := time.Now()
	s.speak(time.Second)
	engine.start(service)
	s.ready()
	s.kept(ending, asked, known, 0)
	asked = time.Now()
	require.Equal(s.t, going.id, s.stop("410"))
	known = time.Now()
	s.hangUp(going.Call)
	s.kept(going, asked, known, 0)
}

func recorderIsKilled(s *site, engine *composition) { s.goesOn(engine, "recorder") }

func mysqlIsKilled(s *site, engine *composition) { s.goesOn(engine, "mysql") }

// asteriskIsKilled ends every call, and what Asterisk had not written is lost with it.
func asteriskIsKilled(s *site, engine *composition) {
	r := s.tape("410", "ended with Asterisk", lab.CallOptions{})
	s.speak(4 * time.Second)
	asked := time.Now()
	engine.kill("asterisk")
	known := time.Now()
	_ = r.Close() // its phones have been cut off
	engine.start("asterisk")
	s.ready()
	s.kept(r, asked, known, lostWithAsterisk)
}

// phonesAreKilled takes the phones of a call away in the midst of it, as a cut cable does: Asterisk does not notice at once, so
// that the recording goes on until somebody stops it.
func phonesAreKilled(s *site, engine *composition) {
	s.answers(http.StatusOK, "start", "extenOrUniqueId", "416", "tag", s.tag("cut off"))
	known := time.Now()
	id, channel := s.describe("416", s.tag("cut off")).ID, s.describe("416", s.tag("cut off")).UniqueID
	s.speak(2 * time.Second)
	engine.kill("phones")
	cut := time.Now()
	engine.start("phones")
	require.Equal(s.t, id, s.stop(channel))
	var audio answer
	require.Eventually(s.t, func() bool {
		audio = s.fetch("/v1/recordings/"+id+"/audio", nil)
		return audio.status == http.StatusOK
	}, 60*time.Second, 100*time.Millisecond, "what was recorded before the phones were cut off is not handed out")
	wav, err := tone.ReadWAV([]byte(audio.body))
	require.NoError(s.t, err)
	require.GreaterOrEqual(s.t, length(wav), cut.Sub(known))
	for _, phone := range lab.Phones {
		if phone.Extension == "416" || phone.Extension == "417" {
			s.holds(wav, phone.Tone)
		}
	}
}
