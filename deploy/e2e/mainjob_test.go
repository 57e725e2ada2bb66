package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// The main job, from the request to the audio, on every database and every Asterisk that is promised.
func TestTheMainJob(t *testing.T) {
	if stackURL != "" {
		doTheMainJob(t, joinStack(t), jobs)
		return
	}
	for name, on := range map[string]struct {
		asterisk lab.AsteriskOptions
		database func(*testing.T) string
		jobs     []job
	}{
		"sqlite":                       {newest, sqlite, jobs},
		"mariadb":                      {newest, mariaDB, jobs},
		"mysql":                        {newest, mySQL, jobs},
		"sqlite, Asterisk 16":          {oldest, sqlite, jobs[:2]},
		"sqlite, Asterisk 16 chan_sip": {oldSIP, sqlite, jobs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openOn(t, on.asterisk, map[string]string{"DATABASE_URL": on.database(t)})
			doTheMainJob(t, s, on.jobs)
		})
	}
}

// doTheMainJob uses phones 410 to 413 and no others: those of a stack have others talking all day.
func doTheMainJob(t *testing.T, s *site, jobs []job) {
	for _, job := range jobs {
		t.Run(job.name, func(t *testing.T) {
			service := *s.service
			service.t = t
			job.do(&site{service: &service, pbx: s.pbx, prefix: s.prefix})
		})
	}
}

// job is a part of the main job.
type job struct {
	name string
	do   func(*site)
}

var jobs = []job{
	{"by extension, both voices, stop, again", byExtension},
	{"by uniqueid, ended by the call", byUniqueID},
	{"a hyphenated endpoint", hyphenated},
	{"two calls on one extension", twoCalls},
	{"a ringing call", ringing},
	{"tags are compared byte for byte", byteForByte},
	{"twenty starts at once", twentyAtOnce},
}

func sqlite(*testing.T) string    { return "" }
func mariaDB(t *testing.T) string { return lab.NewMariaDB(t).URL }
func mySQL(t *testing.T) string   { return lab.NewMySQL(t).URL }

func byExtension(s *site) {
	c := s.call(lab.CallOptions{})
	id := s.record("410", s.tag("22"))
	began := time.Now()
	require.Equal(s.t, id, s.record("410", s.tag("22")), "the same tag while it runs is the same recording")
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", s.tag("23")), http.StatusConflict, "another tag")
	s.refused(s.ask("retrieve", "tag", s.tag("22"), "username", "fred"), http.StatusConflict, "in progress")
	s.speak(2 * time.Second)
	spoken := time.Since(began)
	require.Equal(s.t, id, s.stop("410"))
	require.Equal(s.t, id, s.stop("410"), "what has ended already is answered with 200 and the same id")
	s.refused(s.ask("retrieve", "tag", s.tag("22"), "username", "fred"), http.StatusConflict, "in progress")
	s.noSnoops()

	again := s.record("410", s.tag("22-again"))
	require.NotEqual(s.t, id, again)
	s.speak(300 * time.Millisecond)
	s.hangUp(c)

	a, wav := s.hear(s.tag("22"))
	require.Equal(s.t, id, a.id())
	require.Equal(s.t, "1", a.header.Get("X-Recording-Count"))
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
	require.InDelta(s.t, spoken.Seconds(), length(wav).Seconds(), 0.25, "what was said between the answers is there, but for what a busy Asterisk loses")
	a, _ = s.hear(s.tag("22-again"))
	require.Equal(s.t, again, a.id())
}

func byUniqueID(s *site) {
	c := s.call(lab.CallOptions{From: "413", To: "412"})
	id := s.record(c.Callee.ID, s.tag("by-uniqueid"))
	s.speak(time.Second)
	d := s.describe(c.Callee.ID, s.tag("by-uniqueid"))
	require.Equal(s.t, id, d.ID)
	require.Equal(s.t, "recording", d.State)
	require.Equal(s.t, "412", d.Extension)
	require.Regexp(s.t, s.channelOf("412"), d.Channel)
	require.Equal(s.t, c.Callee.Name, d.Channel)
	s.livesAs(c.Caller, "413")
	s.livesAs(c.Callee, "412")
	require.Eventually(s.t, func() bool { return s.describe(c.Callee.ID, s.tag("by-uniqueid")).LinkedID == c.Caller.ID },
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

// livesAs insists that a live call is shown with its channel's name, and taken for the extension's.
func (s *site) livesAs(leg lab.Leg, extension string) {
	s.t.Helper()
	a := s.fetch("/v1/calls/"+leg.ID, nil)
	require.Equal(s.t, http.StatusOK, a.status, a.body)
	var live details
	require.NoError(s.t, json.Unmarshal([]byte(a.body), &live))
	require.Equal(s.t, extension, live.Extension)
	require.Equal(s.t, leg.Name, live.Channel)
	require.Regexp(s.t, s.channelOf(extension), live.Channel)
}

// seesTalking waits until the service has heard that a leg is in its call's bridge. Asterisk's own answer comes before its events do; what the
// service takes for ringing meanwhile does not make an extension ambiguous.
func (s *site) seesTalking(leg lab.Leg) {
	s.t.Helper()
	s.seesTalkingOn("default", leg)
}

// seesTalkingOn is seesTalking where the uniqueid may be known on several nodes.
func (s *site) seesTalkingOn(node string, leg lab.Leg) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		a := s.fetch("/v1/calls/"+leg.ID+"?node="+node, nil)
		return a.status == http.StatusOK && strings.Contains(a.body, `"bridged":true`)
	}, 10*time.Second, 10*time.Millisecond, "the service never heard that %s talks", leg.Name)
}

// channelOf is what an extension's channels are called, such as SIP/410-0000000a.
func (s *site) channelOf(extension string) string {
	return fmt.Sprintf("^%s/%s-[0-9a-f]{8}$", s.pbx.Technology, extension)
}

func hyphenated(s *site) {
	c := s.call(lab.CallOptions{To: "north-office"})
	require.Regexp(s.t, s.channelOf("north-office"), c.Callee.Name)
	id := s.record("north-office", s.tag("hyphen"))
	s.speak(500 * time.Millisecond)
	require.Equal(s.t, id, s.stop("north-office"))
	s.hangUp(c)
	_, wav := s.hear(s.tag("hyphen"))
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
}

func twoCalls(s *site) {
	first := s.call(lab.CallOptions{From: "411"})
	second := s.call(lab.CallOptions{From: "412"})
	s.seesTalking(first.Callee)
	s.seesTalking(second.Callee)
	both := s.ask("start", "extenOrUniqueId", "410", "tag", s.tag("two"))
	s.refused(both, http.StatusConflict, first.Callee.ID, second.Callee.ID)
	require.Empty(s.t, s.snoops(), "the wrong call is worse than no recording")

	require.NoError(s.t, first.Hold(s.t.Context(), lab.Callee))
	s.answers(http.StatusOK, "start", "extenOrUniqueId", "410", "tag", s.tag("two"))
	require.Equal(s.t, second.Callee.ID, s.describe("410", s.tag("two")).UniqueID, "the other call is on hold")

	require.NoError(s.t, second.Hold(s.t.Context(), lab.Callee))
	require.NoError(s.t, first.Unhold(s.t.Context(), lab.Callee))
	s.speak(500 * time.Millisecond)
	require.NotEmpty(s.t, s.stop("410"), "a held call that is recorded can be stopped")
	s.noSnoops()
	s.hangUp(first)
	s.hangUp(second)
}

func ringing(s *site) {
	c := s.call(lab.CallOptions{From: "413", To: "412", RingOnly: true})
	s.refused(s.ask("start", "extenOrUniqueId", "412", "tag", s.tag("ring")), http.StatusConflict, "not answered")
	s.refused(s.ask("start", "extenOrUniqueId", c.Callee.ID, "tag", s.tag("ring")), http.StatusConflict, "not answered")
	require.NoError(s.t, c.Answer(s.t.Context()))
	s.answers(http.StatusOK, "start", "extenOrUniqueId", "412", "tag", s.tag("ring"))
	s.hangUp(c)
}

func byteForByte(s *site) {
	tags := []string{s.tag("A1"), s.tag("a1"), s.tag("A1 "), s.tag("Á1"), s.tag(`it's "5%" & 😀`)}
	ids := map[string]string{}
	c := s.call(lab.CallOptions{From: "413", To: "412"})
	for _, tag := range tags {
		ids[tag] = s.record("412", tag)
		s.speak(200 * time.Millisecond)
		s.stop("412")
	}
	s.hangUp(c)
	for _, tag := range tags {
		a, _ := s.hear(tag)
		require.Equal(s.t, ids[tag], a.id(), "tag %q", tag)
		require.Equal(s.t, "1", a.header.Get("X-Recording-Count"), "tag %q", tag)
	}
}

func twentyAtOnce(s *site) {
	c := s.call(lab.CallOptions{From: "411", To: "410"})
	answers := make([]answer, 20)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.ask("start", "extenOrUniqueId", "410", "tag", s.tag("twenty")) })
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
	a, _ := s.hear(s.tag("twenty"))
	require.Equal(s.t, "1", a.header.Get("X-Recording-Count"))
}
