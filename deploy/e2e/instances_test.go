//go:build !stack

package e2e

import (
	"database/sql"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/lab/tone"
	"ari-recorder/pkg/asterisk/asterisktest"
)

// cluster is what several instances share: an Asterisk, a database and a folder for the audio.
type cluster struct {
	t      *testing.T
	pbx    *lab.Asterisk
	db     *lab.Database
	shared map[string]string
}

func newCluster(t *testing.T, options lab.AsteriskOptions) *cluster {
	t.Helper()
	c := &cluster{t: t, pbx: lab.NewAsterisk(t, options), db: lab.NewMariaDB(t)}
	c.shared = beside(c.pbx, map[string]string{"DATABASE_URL": c.db.URL, "STORAGE_URL": "file://" + t.TempDir(), "LEGACY_RETRIEVE_DURING_CALL": "true"})
	return c
}

// join starts an instance and waits until it would take a start.
func (c *cluster) join(name string, settings map[string]string) *site {
	c.t.Helper()
	all := maps.Clone(c.shared)
	all["INSTANCE"] = name
	maps.Copy(all, settings)
	s := &site{service: serve(c.t, all), pbx: c.pbx}
	s.ready()
	return s
}

// ask reads one figure from the database.
func (c *cluster) ask(query string, args ...any) (n int) {
	c.t.Helper()
	dsn, err := lab.DSN(c.db.URL)
	require.NoError(c.t, err)
	db, err := sql.Open("mysql", dsn)
	require.NoError(c.t, err)
	defer func() { require.NoError(c.t, db.Close()) }()
	require.NoError(c.t, db.QueryRowContext(c.t.Context(), query, args...).Scan(&n))
	return n
}

// leaves waits until an instance owns nothing, and returns how long that took.
func (c *cluster) leaves(owner string, within time.Duration) time.Duration {
	c.t.Helper()
	began := time.Now()
	require.Eventually(c.t, func() bool { return c.ask("SELECT COUNT(*) FROM recordings WHERE owner = ?", owner) == 0 },
		within, 20*time.Millisecond, "%s still owns recordings", owner)
	return time.Since(began)
}

// verified insists that `recordings verify` finds nothing.
func (c *cluster) verified(s *site) {
	c.t.Helper()
	findings, err := s.verify()
	require.NoError(c.t, err)
	require.Empty(c.t, findings)
}

// unbroken insists that the tones go through the whole recording, but for its edges and what a busy machine may lose of a
// phone's packets.
func (s *service) unbroken(wav tone.WAV, tones ...float64) {
	s.t.Helper()
	const longest = 100 * time.Millisecond
	window := wav.Rate / 25
	samples := wav.Channels[0][window : len(wav.Channels[0])-window]
	for _, hz := range tones {
		gap := 0
		for at := 0; at+window <= len(samples); at += window / 2 {
			if gap++; tone.Power(samples[at:at+window], wav.Rate, hz) > 100*100/2 {
				gap = 0
			}
			missing := time.Duration(gap*window/2) * time.Second / time.Duration(wav.Rate)
			require.LessOrEqual(s.t, missing, longest, "%v Hz is not to be heard for %v before %v", hz, missing,
				time.Duration(at)*time.Second/time.Duration(wav.Rate))
		}
	}
}

// whole insists on a recording's tones from beginning to end, and on its length: spoken is from the acknowledgement to the
// request that ended it. A busy Asterisk loses a little, and takes its time to end.
func (s *site) whole(tag string, spoken time.Duration, legs ...lab.Leg) {
	s.t.Helper()
	a := s.answers(http.StatusOK, "retrieve", "tag", tag, "username", "fred")
	wav := s.decode(a)
	for _, leg := range legs {
		s.unbroken(wav, leg.Tone)
	}
	require.GreaterOrEqual(s.t, length(wav), spoken-250*time.Millisecond, "the length of %s", tag)
	require.LessOrEqual(s.t, length(wav), spoken+time.Second, "the length of %s", tag)
}

// do posts to a path of the REST API and returns the status.
func (s *service) do(path string) int {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+path, http.NoBody)
	require.NoError(s.t, err)
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	return response.StatusCode
}

func TestAnyInstanceStopsPausesAndRetrievesWhatAnotherStarted(t *testing.T) {
	c := newCluster(t, newest)
	one, two := c.join("one", nil), c.join("two", nil)
	call := one.call(lab.CallOptions{})
	id := one.record("410", "22")
	began := time.Now()
	require.Equal(t, id, two.record("410", "22"), "the same tag on another instance is the same recording")
	two.refused(two.ask("start", "extenOrUniqueId", "410", "tag", "23"), http.StatusConflict, "another tag")
	one.speak(time.Second)
	require.Equal(t, http.StatusOK, two.do("/v1/recordings/"+id+"/pause"))
	paused := time.Now()
	one.speak(700 * time.Millisecond)
	require.Equal(t, http.StatusOK, one.do("/v1/recordings/"+id+"/resume"))
	left := time.Since(paused)
	one.speak(time.Second)
	spoken := time.Since(began) - left
	require.Equal(t, id, two.stop("410"))
	require.Equal(t, id, one.stop("410"), "what another instance has stopped is stopped")
	again := one.record("410", "22-again")
	one.speak(500 * time.Millisecond)
	one.hangUp(call)
	for _, s := range []*site{two, one} {
		a, wav := s.hear("22-again") // at once: whoever files it, both wait for it
		require.Equal(t, again, a.id())
		s.holds(wav, call.Caller.Tone, call.Callee.Tone)
		s.whole("22", spoken, call.Caller, call.Callee)
	}
	c.verified(one)
}

func TestOneOfTwoInstancesIsKilled(t *testing.T) { onAsterisks(t, oneOfTwoInstancesIsKilled) }

func oneOfTwoInstancesIsKilled(t *testing.T, options lab.AsteriskOptions) {
	c := newCluster(t, options)
	one, two := c.join("one", nil), c.join("two", nil)
	stays, ends := one.call(lab.CallOptions{}), one.call(lab.CallOptions{From: "413", To: "412"})
	legs := map[string]*lab.Call{"410": stays, "411": stays, "412": ends, "413": ends}
	began := map[string]time.Time{}
	for extension := range legs {
		one.record(extension, extension)
		began[extension] = time.Now()
	}
	one.speak(time.Second)
	one.Kill()
	ended := time.Now()
	two.hangUp(ends)
	took := c.leaves("one", 15*time.Second)
	t.Logf("the rows of the killed instance had a new owner, or were filed, after %v", took)
	for _, extension := range []string{"410", "411"} {
		spoken := time.Since(began[extension])
		two.stop(extension)
		two.whole(extension, spoken, stays.Caller, stays.Callee)
	}
	for _, extension := range []string{"412", "413"} {
		two.whole(extension, ended.Sub(began[extension]), ends.Caller, ends.Callee)
	}
	require.Empty(t, two.snoops())
	one.start()
	one.ready()
	one.record("410", "again")
	one.speak(300 * time.Millisecond)
	one.stop("410")
	two.hangUp(stays)
	two.hear("again")
	c.verified(two)
}

// An instance that has Asterisk and no database is as good as dead to its recordings, and does no harm when it is back.
func TestOneOfTwoInstancesIsCutOffFromTheDatabase(t *testing.T) {
	c := newCluster(t, newest)
	wire := asterisktest.NewProxy(t, c.db.URL)
	one, two := c.join("one", map[string]string{"DATABASE_URL": wire.URL}), c.join("two", nil)
	stays, ends := one.call(lab.CallOptions{}), one.call(lab.CallOptions{From: "413", To: "412"})
	first, second := one.record("410", "stays"), one.record("412", "ends")
	began := time.Now()
	one.speak(time.Second)
	listening := len(one.snoops())
	wire.Block(true)
	one.refused(one.ask("start", "extenOrUniqueId", "413", "tag", "x"), http.StatusServiceUnavailable, "database")
	require.Eventually(t, func() bool { return len(one.snoops()) == listening }, 5*time.Second, 20*time.Millisecond, "a start that was refused leaves nothing behind")
	ended := time.Now()
	two.hangUp(ends)
	t.Logf("the rows of the instance that was cut off had a new owner, or were filed, after %v", c.leaves("one", 15*time.Second))
	two.whole("ends", ended.Sub(began), ends.Caller, ends.Callee)
	wire.Block(false)
	one.ready()
	spoken := time.Since(began)
	require.Equal(t, first, one.stop("410"))
	one.whole("stays", spoken, stays.Caller, stays.Callee)
	a := one.ask("retrieve", "tag", "ends", "username", "fred")
	require.Equal(t, second, a.id())
	require.Equal(t, 1, c.ask("SELECT COUNT(*) FROM recording_events WHERE recording_id = ? AND kind = 'archived'", second), "it was filed once")
	require.Empty(t, two.snoops())
	c.verified(one)
}

// A restart that begins before the old process has ended, or two hosts that share a name by mistake: neither is thrown
// out of Asterisk, neither takes the other's recordings for its own.
func TestTwoProcessesOfOneNameAreToldApart(t *testing.T) {
	c := newCluster(t, newest)
	old := c.join("pbx", nil)
	call := old.call(lab.CallOptions{})
	id := old.record("410", "rolling")
	began := time.Now()
	next := c.join("pbx", nil)
	require.Contains(t, next.log.tail(), `"instance":"pbx-2"`)
	require.Equal(t, http.StatusOK, old.fetch("/health/ready", nil).status, "the old one goes on")
	old.record("411", "by the old one")
	next.speak(time.Second)
	old.stop("411")
	code, err := old.Stop()
	require.NoError(t, err)
	require.Zero(t, code)
	t.Logf("what the old process left was taken over after %v", c.leaves("pbx", 5*time.Second))
	require.Equal(t, 1, c.ask("SELECT COUNT(*) FROM recordings WHERE owner = 'pbx-2' AND id = ?", id))
	next.speak(time.Second)
	old.start()
	old.ready()
	require.NotContains(t, old.log.tail()[strings.LastIndex(old.log.tail(), "stopped"):], `"instance":"pbx-`, "its name is free again")
	code, err = next.Stop()
	require.NoError(t, err)
	require.Zero(t, code)
	old.speak(time.Second)
	spoken := time.Since(began)
	require.Equal(t, id, old.stop("410"))
	old.hangUp(call)
	old.whole("rolling", spoken, call.Caller, call.Callee)
	c.verified(old)
}

// One instance, stopped and started again and again while it records.
func TestUpgradesLoseNoAudio(t *testing.T) { onAsterisks(t, upgradesLoseNoAudio) }

func upgradesLoseNoAudio(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	call := s.call(lab.CallOptions{})
	id := s.record("410", "upgraded")
	began := time.Now()
	for range 3 {
		s.speak(700 * time.Millisecond)
		code, err := s.Stop()
		require.NoError(t, err)
		require.Zero(t, code)
		s.speak(300 * time.Millisecond)
		s.start()
		s.ready()
	}
	s.speak(500 * time.Millisecond)
	spoken := time.Since(began)
	require.Equal(t, id, s.stop("410"))
	s.hangUp(call)
	s.whole("upgraded", spoken, call.Caller, call.Callee)
}
