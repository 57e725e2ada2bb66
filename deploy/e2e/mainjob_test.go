package e2e

import (
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// The main job, from the request to the audio, on every database that is promised.
func TestTheMainJob(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":  func(*testing.T) string { return "" },
		"mariadb": mariaDB,
		"mysql":   mySQL,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, map[string]string{"DATABASE_URL": url(t)})
			for _, job := range []struct {
				name string
				do   func(*site)
			}{
				{"by extension, both voices, stop, again", byExtension},
				{"by uniqueid, ended by the call", byUniqueID},
				{"a hyphenated endpoint", hyphenated},
				{"two calls on one extension", twoCalls},
				{"a ringing call", ringing},
				{"tags are compared byte for byte", byteForByte},
				{"twenty starts at once", twentyAtOnce},
			} {
				t.Run(job.name, func(t *testing.T) {
					service := *s.service
					service.t = t
					job.do(&site{service: &service, pbx: s.pbx})
				})
			}
		})
	}
}

func mariaDB(t *testing.T) string { return lab.NewMariaDB(t).URL }
func mySQL(t *testing.T) string   { return lab.NewMySQL(t).URL }

func byExtension(s *site) {
	c := s.call(lab.CallOptions{})
	id := s.record("410", "22")
	began := time.Now()
	require.Equal(s.t, id, s.record("410", "22"), "the same tag while it runs is the same recording")
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", "23"), http.StatusConflict, "another tag")
	s.refused(s.ask("retrieve", "tag", "22", "username", "fred"), http.StatusConflict, "in progress")
	s.speak(2 * time.Second)
	spoken := time.Since(began)
	require.Equal(s.t, id, s.stop("410"))
	require.Equal(s.t, id, s.stop("410"), "what has ended already is answered with 200 and the same id")
	s.refused(s.ask("retrieve", "tag", "22", "username", "fred"), http.StatusConflict, "in progress")
	s.noSnoops()

	again := s.record("410", "22-again")
	require.NotEqual(s.t, id, again)
	s.speak(300 * time.Millisecond)
	s.hangUp(c)

	a, wav := s.hear("22")
	require.Equal(s.t, id, a.id())
	require.Equal(s.t, "1", a.header.Get("X-Recording-Count"))
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
	require.InDelta(s.t, spoken.Seconds(), length(wav).Seconds(), 0.1)
	a, _ = s.hear("22-again")
	require.Equal(s.t, again, a.id())
}

func byUniqueID(s *site) {
	c := s.call(lab.CallOptions{From: "413", To: "412"})
	id := s.record(c.Callee.ID, "by-uniqueid")
	s.speak(time.Second)
	d := s.describe(c.Callee.ID, "by-uniqueid")
	require.Equal(s.t, id, d.ID)
	require.Equal(s.t, "recording", d.State)
	require.Equal(s.t, "412", d.Extension)
	require.Eventually(s.t, func() bool { return s.describe(c.Callee.ID, "by-uniqueid").LinkedID == c.Caller.ID },
		5*time.Second, 50*time.Millisecond, "the linkedid is the calling leg's uniqueid")
	s.hangUp(c)

	a := s.ask("retrieveByUniqueId", "uniqueId", c.Callee.ID, "username", "fred")
	wav := s.decode(a)
	require.Equal(s.t, id, a.id())
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
	byCall := s.ask("retrieveByUniqueId", "uniqueId", c.Caller.ID, "username", "fred")
	require.Equal(s.t, id, byCall.id(), "the other leg's uniqueid is the call's linkedid")
	require.Equal(s.t, id, s.stop(c.Callee.ID), "a stop after the end is answered with the recording")
}

func hyphenated(s *site) {
	c := s.call(lab.CallOptions{To: "north-office"})
	id := s.record("north-office", "hyphen")
	s.speak(500 * time.Millisecond)
	require.Equal(s.t, id, s.stop("north-office"))
	s.hangUp(c)
	_, wav := s.hear("hyphen")
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
}

func twoCalls(s *site) {
	first := s.call(lab.CallOptions{From: "411"})
	second := s.call(lab.CallOptions{From: "412"})
	both := s.ask("start", "extenOrUniqueId", "410", "tag", "two")
	s.refused(both, http.StatusConflict, first.Callee.ID, second.Callee.ID)
	require.Empty(s.t, s.snoops(), "the wrong call is worse than no recording")

	require.NoError(s.t, first.Hold(s.t.Context(), lab.Callee))
	s.answers(http.StatusOK, "start", "extenOrUniqueId", "410", "tag", "two")
	require.Equal(s.t, second.Callee.ID, s.describe("410", "two").UniqueID, "the other call is on hold")

	require.NoError(s.t, second.Hold(s.t.Context(), lab.Callee))
	require.NoError(s.t, first.Unhold(s.t.Context(), lab.Callee))
	s.speak(500 * time.Millisecond)
	require.NotEmpty(s.t, s.stop("410"), "a held call that is recorded can be stopped")
	s.noSnoops()
	s.hangUp(first)
	s.hangUp(second)
}

func ringing(s *site) {
	c := s.call(lab.CallOptions{From: "414", To: "415", RingOnly: true})
	s.refused(s.ask("start", "extenOrUniqueId", "415", "tag", "ring"), http.StatusConflict, "not answered")
	s.refused(s.ask("start", "extenOrUniqueId", c.Callee.ID, "tag", "ring"), http.StatusConflict, "not answered")
	require.NoError(s.t, c.Answer(s.t.Context()))
	s.answers(http.StatusOK, "start", "extenOrUniqueId", "415", "tag", "ring")
	s.hangUp(c)
}

func byteForByte(s *site) {
	tags := []string{"A1", "a1", "A1 ", "Á1", `it's "5%" & 😀`}
	ids := map[string]string{}
	c := s.call(lab.CallOptions{From: "417", To: "416"})
	for _, tag := range tags {
		ids[tag] = s.record("416", tag)
		s.speak(200 * time.Millisecond)
		s.stop("416")
	}
	s.hangUp(c)
	for _, tag := range tags {
		a, _ := s.hear(tag)
		require.Equal(s.t, ids[tag], a.id(), "tag %q", tag)
		require.Equal(s.t, "1", a.header.Get("X-Recording-Count"), "tag %q", tag)
	}
}

func twentyAtOnce(s *site) {
	c := s.call(lab.CallOptions{From: "419", To: "418"})
	answers := make([]answer, 20)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.ask("start", "extenOrUniqueId", "418", "tag", "twenty") })
	}
	all.Wait()
	for _, a := range answers {
		require.Equal(s.t, http.StatusOK, a.status, a.body)
		require.Equal(s.t, answers[0].id(), a.id())
	}
	require.Eventually(s.t, func() bool { return len(s.snoops()) == tracks }, 2*time.Second, 10*time.Millisecond)
	files, err := os.ReadDir(s.pbx.RecordingDir)
	require.NoError(s.t, err)
	running := 0
	for _, f := range files {
		if f.Name() == "ari-recorder-"+answers[0].id()+".wav" {
			running++
		}
	}
	require.Equal(s.t, 1, running)
	s.speak(300 * time.Millisecond)
	s.hangUp(c)
	a, _ := s.hear("twenty")
	require.Equal(s.t, "1", a.header.Get("X-Recording-Count"))
}
