package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/asterisk/asterisktest"
)

func TestKilledWhileRecordingAndStartedAgain(t *testing.T) {
	onAsterisks(t, killedWhileRecordingAndStartedAgain)
}

func killedWhileRecordingAndStartedAgain(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	c := s.call(lab.CallOptions{})
	id := s.record("410", "killed")
	began := time.Now()
	s.speak(time.Second)
	s.Kill()
	s.speak(time.Second)
	s.start()
	s.ready()
	s.answers(http.StatusOK, "start", "extenOrUniqueId", "410", "tag", "killed")
	require.Equal(t, id, s.describe("410", "killed").ID, "the running recording is taken back")
	s.speak(time.Second)
	spoken := time.Since(began)
	s.hangUp(c)
	a, wav := s.hear("killed")
	require.Equal(t, id, a.id())
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
	require.InDelta(t, spoken.Seconds(), length(wav).Seconds(), 0.25, "the recording is complete")
}

func TestKilledAndTheCallEndsMeanwhile(t *testing.T) { onAsterisks(t, killedAndTheCallEndsMeanwhile) }

func killedAndTheCallEndsMeanwhile(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	c := s.call(lab.CallOptions{})
	id := s.record("410", "ended-meanwhile")
	s.speak(time.Second)
	s.Kill()
	s.hangUp(c)
	s.start()
	a := s.answers(http.StatusOK, "retrieve", "tag", "ended-meanwhile", "username", "fred")
	require.Equal(t, id, a.id())
	s.holds(s.decode(a), c.Caller.Tone, c.Callee.Tone)
}

func TestSIGTERMLeavesTheRecordingRunning(t *testing.T) {
	onAsterisks(t, sigtermLeavesTheRecordingRunning)
}

func sigtermLeavesTheRecordingRunning(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	c := s.call(lab.CallOptions{})
	id := s.record("410", "upgrade")
	s.speak(500 * time.Millisecond)
	began := time.Now()
	code, err := s.Stop()
	require.NoError(t, err)
	require.Zero(t, code)
	require.Less(t, time.Since(began), 10*time.Second)
	require.Len(t, s.snoops(), tracks, "Asterisk goes on recording")
	s.start()
	s.ready()
	s.speak(500 * time.Millisecond)
	require.Equal(t, id, s.stop("410"))
	s.hangUp(c)
	a, wav := s.hear("upgrade")
	require.Equal(t, id, a.id())
	require.Greater(t, length(wav), time.Second)
}

func TestTheWebsocketIsCutWhileACallEnds(t *testing.T) {
	onAsterisks(t, theWebsocketIsCutWhileACallEnds)
}

func theWebsocketIsCutWhileACallEnds(t *testing.T, options lab.AsteriskOptions) {
	pbx := lab.NewAsterisk(t, options)
	wire := asterisktest.NewProxy(t, pbx.URL)
	s := &site{service: serve(t, beside(pbx, map[string]string{"ASTERISK_URL": wire.URL})), pbx: pbx}
	s.ready()
	c := s.call(lab.CallOptions{})
	id := s.record("410", "cut")
	s.speak(time.Second)
	wire.Block(true)
	s.becomes("/health/ready", http.StatusServiceUnavailable, 5*time.Second)
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", "x"), http.StatusServiceUnavailable, "Asterisk")
	s.hangUp(c)
	s.speak(5 * time.Second)
	wire.Block(false)
	a := s.answers(http.StatusOK, "retrieve", "tag", "cut", "username", "fred")
	require.Equal(t, id, a.id())
	s.holds(s.decode(a), c.Caller.Tone, c.Callee.Tone)
}

func TestHoldIsUnknownAfterAReconnectAndDoesNotDecide(t *testing.T) {
	onAsterisks(t, holdIsUnknownAfterAReconnectAndDoesNotDecide)
}

func holdIsUnknownAfterAReconnectAndDoesNotDecide(t *testing.T, options lab.AsteriskOptions) {
	pbx := lab.NewAsterisk(t, options)
	wire := asterisktest.NewProxy(t, pbx.URL)
	s := &site{service: serve(t, beside(pbx, map[string]string{"ASTERISK_URL": wire.URL})), pbx: pbx}
	s.ready()
	first := s.call(lab.CallOptions{From: "411"})
	second := s.call(lab.CallOptions{From: "412"})
	require.NoError(t, first.Hold(t.Context(), lab.Callee))
	wire.Block(true)
	s.becomes("/health/ready", http.StatusServiceUnavailable, 5*time.Second)
	wire.Block(false)
	s.ready()
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", "x"), http.StatusConflict, first.Callee.ID, second.Callee.ID)
}

func TestAsteriskIsNotUpAtStart(t *testing.T) { onAsterisks(t, asteriskIsNotUpAtStart) }

func asteriskIsNotUpAtStart(t *testing.T, options lab.AsteriskOptions) {
	pbx := lab.NewAsterisk(t, options)
	require.NoError(t, pbx.Kill())
	s := &site{service: serve(t, beside(pbx, nil)), pbx: pbx}
	s.becomes("/health/live", http.StatusOK, 5*time.Second)
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", "early"), http.StatusServiceUnavailable, "Asterisk")
	health := s.fetch("/health", nil)
	require.Equal(t, http.StatusServiceUnavailable, health.status)
	require.Contains(t, health.body, "asterisk:connectivity")
	require.NotContains(t, health.body, pbx.Password)
	require.NoError(t, pbx.Restart(t.Context()))
	s.ready()
	c := s.call(lab.CallOptions{})
	s.record("410", "early")
	s.speak(300 * time.Millisecond)
	s.hangUp(c)
	s.hear("early")
}

func TestTheDatabaseIsNotUpAtStartAndGoesAway(t *testing.T) {
	pbx := asterisk(t)
	db := lab.NewMariaDB(t)
	require.NoError(t, db.Kill())
	s := &site{service: serve(t, beside(pbx, map[string]string{"DATABASE_URL": db.URL})), pbx: pbx}
	s.becomes("/health/live", http.StatusOK, 5*time.Second)
	c := s.call(lab.CallOptions{})
	s.answers(http.StatusServiceUnavailable, "start", "extenOrUniqueId", "410", "tag", "db")
	s.noSnoops()
	require.NotContains(t, s.fetch("/health", nil).body, "p@ss")
	require.NoError(t, db.Restart(t.Context()))
	s.ready()
	id := s.record("410", "db")
	s.speak(500 * time.Millisecond)

	require.NoError(t, db.Kill())
	s.refused(s.ask("retrieve", "tag", "db", "username", "fred"), http.StatusServiceUnavailable, "database")
	s.hangUp(c)
	require.NoError(t, db.Restart(t.Context()))
	a := s.answers(http.StatusOK, "retrieve", "tag", "db", "username", "fred")
	require.Equal(t, id, a.id(), "the end of the call was not forgotten")
}

func TestTheRecordingFolderIsReadOnly(t *testing.T) { onAsterisks(t, theRecordingFolderIsReadOnly) }

func theRecordingFolderIsReadOnly(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	c := s.call(lab.CallOptions{})
	require.NoError(t, s.pbx.SetRecordingReadOnly(true))
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", "full"), http.StatusServiceUnavailable, "recording")
	s.noSnoops()
	files, err := os.ReadDir(s.pbx.RecordingDir)
	require.NoError(t, err)
	require.Empty(t, files)
	require.NoError(t, s.pbx.SetRecordingReadOnly(false))
	s.refused(s.ask("retrieve", "tag", "full", "username", "fred"), http.StatusUnprocessableEntity)
	s.record("410", "full")
	s.speak(300 * time.Millisecond)
	s.hangUp(c)
	s.hear("full")
}

func TestCDRsAreThoseOfAnUnrecordedCall(t *testing.T) { onAsterisks(t, cdrsAreThoseOfAnUnrecordedCall) }

func cdrsAreThoseOfAnUnrecordedCall(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	plain := s.call(lab.CallOptions{})
	s.speak(time.Second)
	s.hangUp(plain)
	want := s.cdrs(0)
	recorded := s.call(lab.CallOptions{})
	s.record("410", "cdr")
	s.speak(300 * time.Millisecond)
	s.stop("410")
	s.record("410", "cdr")
	s.speak(700 * time.Millisecond)
	s.hangUp(recorded)
	s.hear("cdr")
	got := s.cdrs(len(want))
	require.Len(t, got, len(want))
	for i := range got {
		require.Equal(t, []string{want[i].Src, want[i].Dst, want[i].Disposition, want[i].LastApp},
			[]string{got[i].Src, got[i].Dst, got[i].Disposition, got[i].LastApp})
		require.False(t, strings.HasPrefix(got[i].Channel, "Snoop/"))
	}
}

// CELs of the phones are untouched. Asterisk 22 logs each snoop channel's own beginning and end, whatever its CDR flags
// say: those rows at least bear our name.
func TestCELsOfThePhonesAreThoseOfAnUnrecordedCall(t *testing.T) {
	onAsterisks(t, celsOfThePhonesAreThoseOfAnUnrecordedCall)
}

func celsOfThePhonesAreThoseOfAnUnrecordedCall(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	plain := s.call(lab.CallOptions{})
	s.hangUp(plain)
	want := s.cels(0)
	recorded := s.call(lab.CallOptions{})
	s.record("410", "cel")
	s.speak(300 * time.Millisecond)
	s.hangUp(recorded)
	s.hear("cel")
	require.ElementsMatch(t, want, s.cels(len(want)))
}

// cels waits until the phones' events after the first seen ones are all there, and returns their names.
func (s *site) cels(seen int) []string {
	s.t.Helper()
	var names []string
	require.Eventually(s.t, func() bool {
		names = nil
		rows, err := s.pbx.CELs()
		require.NoError(s.t, err)
		for _, row := range rows {
			if strings.HasPrefix(row.ChanName, "Snoop/") {
				require.True(s.t, strings.HasPrefix(row.UniqueID, "ari-recorder-"), row.UniqueID)
				continue
			}
			names = append(names, row.EventType) // of which phone's channel the call's last is, is chance
		}
		return len(names) > seen && names[len(names)-1] == "LINKEDID_END"
	}, 10*time.Second, 50*time.Millisecond, "no LINKEDID_END was written")
	return names[seen:]
}

// cdrs waits until Asterisk has written rows of the call after the first seen ones, and until no channel is left that
// could write another.
func (s *site) cdrs(seen int) []lab.CDR {
	s.t.Helper()
	var rows []lab.CDR
	require.Eventually(s.t, func() bool {
		list, err := s.pbx.Channels(s.t.Context())
		require.NoError(s.t, err)
		rows, err = s.pbx.CDRs()
		require.NoError(s.t, err)
		return len(list) == 0 && len(rows) > seen
	}, 10*time.Second, 50*time.Millisecond, "no CDR was written")
	return rows[seen:]
}

func TestASharedSpoolFolder(t *testing.T) { onAsterisks(t, aSharedSpoolFolder) }

func aSharedSpoolFolder(t *testing.T, options lab.AsteriskOptions) {
	pbx := lab.NewAsterisk(t, options)
	s := &site{service: serve(t, beside(pbx, map[string]string{"ASTERISK_SPOOL_DIR": pbx.RecordingDir})), pbx: pbx}
	s.ready()
	c := s.call(lab.CallOptions{})
	id := s.record("410", "spool")
	s.speak(time.Second)
	s.hangUp(c)
	_, wav := s.hear("spool")
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(pbx.RecordingDir, "ari-recorder-"+id+".wav"))
		return os.IsNotExist(err)
	}, 5*time.Second, 50*time.Millisecond, "Asterisk's copy goes once the audio is in the archive")
}

func TestWideband(t *testing.T) { onAsterisks(t, wideband) }

func wideband(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, map[string]string{"RECORDING_FORMAT": "wav16"})
	c := s.call(lab.CallOptions{})
	s.record("410", "wide")
	began := time.Now()
	s.speak(time.Second)
	s.stop("410")
	spoken := time.Since(began)
	s.hangUp(c)
	_, wav := s.hear("wide")
	require.Equal(t, 16000, wav.Rate)
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
	require.InDelta(t, spoken.Seconds(), length(wav).Seconds(), 0.15)
}

func TestRetrieveDuringTheCall(t *testing.T) { onAsterisks(t, retrieveDuringTheCall) }

func retrieveDuringTheCall(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, map[string]string{"LEGACY_RETRIEVE_DURING_CALL": "true"})
	s.call(lab.CallOptions{})
	s.record("410", "early")
	s.speak(500 * time.Millisecond)
	s.refused(s.ask("retrieve", "tag", "early", "username", "fred"), http.StatusConflict, "in progress")
	s.stop("410")
	s.hear("early")
}

func TestTheLongestDurationEndsARecordingWhole(t *testing.T) {
	onAsterisks(t, theLongestDurationEndsARecordingWhole)
}

func theLongestDurationEndsARecordingWhole(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, map[string]string{"RECORDING_MAX_DURATION": "1s", "LEGACY_RETRIEVE_DURING_CALL": "true"})
	s.call(lab.CallOptions{})
	s.record("410", "long")
	s.speak(2500 * time.Millisecond)
	_, wav := s.hear("long")
	require.InDelta(t, 1.5, length(wav).Seconds(), 0.6, "Asterisk counts whole seconds of the clock")
	s.noSnoops()
}

func TestAsManyRecordingsAsAllowed(t *testing.T) { onAsterisks(t, asManyRecordingsAsAllowed) }

func asManyRecordingsAsAllowed(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, map[string]string{"RECORDING_MAX_ACTIVE": "1"})
	s.call(lab.CallOptions{})
	s.call(lab.CallOptions{From: "413", To: "412"})
	id := s.record("410", "one")
	s.refused(s.ask("start", "extenOrUniqueId", "412", "tag", "two"), http.StatusTooManyRequests)
	require.Equal(t, id, s.record("410", "one"), "what runs already needs no place")
	s.becomes("/health/ready", http.StatusServiceUnavailable, time.Second)
	s.stop("410")
	s.record("412", "two")
}

// asteriskDied tells whether Asterisk has crashed, and starts it again. Asterisk 16 does, in res_stasis_snoop, now and then when it is asked to
// snoop on a channel in the moment in which that is hung up, whoever asks: its half-made snoop channel has no target that it could tell of.
func (s *site) asteriskDied() bool {
	s.t.Helper()
	if _, err := s.pbx.Channels(s.t.Context()); err == nil {
		return false
	}
	s.t.Log("Asterisk has crashed and is started again")
	require.NoError(s.t, s.pbx.Restart(s.patient()))
	s.becomes("/health/ready", http.StatusOK, 20*time.Second)
	return true
}

// A hang-up may meet any step of a start: the answer says so, or the recording is known and its end is told truly.
func TestStartsThatMeetAHangUp(t *testing.T) { onAsterisks(t, startsThatMeetAHangUp) }

func startsThatMeetAHangUp(t *testing.T, options lab.AsteriskOptions) {
	s := openOn(t, options, nil)
	for i := range 15 {
		c := s.call(lab.CallOptions{})
		tag := fmt.Sprintf("race-%d", i)
		hungUp := make(chan error, 1)
		go func() {
			s.speak(time.Duration(i) * 2 * time.Millisecond)
			hungUp <- c.HangUp(s.patient())
		}()
		a := s.ask("start", "extenOrUniqueId", c.Callee.ID, "tag", tag)
		err := <-hungUp
		if options.Root == lab.RootAsterisk16 && s.asteriskDied() {
			if a.status == http.StatusOK {
				require.Eventually(t, func() bool {
					status := s.ask("retrieve", "tag", tag, "username", "fred").status
					return status == http.StatusOK || status == http.StatusUnprocessableEntity
				}, 20*time.Second, 50*time.Millisecond, "what was acknowledged is known, and its end is told truly")
			}
			continue
		}
		require.NoError(t, err)
		heard := s.ask("retrieve", "tag", tag, "username", "fred")
		switch a.status {
		case http.StatusOK:
			require.Contains(t, []int{http.StatusOK, http.StatusUnprocessableEntity}, heard.status, heard.body)
			require.Equal(t, a.id(), heard.id())
		default:
			s.refused(a, http.StatusNotFound)
			require.Contains(t, []int{http.StatusNotFound, http.StatusUnprocessableEntity}, heard.status, heard.body)
		}
	}
	s.noSnoops()
}
