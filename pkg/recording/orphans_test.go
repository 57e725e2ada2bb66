package recording_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

const noRowsID = "01k9zzzzzzzzzzzzzzzzzzzzzz"

// watchful looks for orphans all the time.
func watchful(o *recording.Options) {
	o.CensusEvery, o.CensusAfter = 5*time.Millisecond, time.Millisecond
}

func (r *rig) orphans(want int) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.Stats().Orphans[node] == want }, 20*time.Second, tick)
}

func TestStoredRecordingsThatNoRowKnowsAreReportedAndLeftAlone(t *testing.T) {
	r := assemble(t, watchful)
	require.Equal(t, map[string]int{node: 0}, r.Stats().Orphans)
	r.call("1.1", "410")
	r.quiet(r.started("410", "22"))
	sound := recordingtest.WAV(recording.FormatWAV, time.Second)
	lost := recording.TrackName(application, noRowsID, 0)
	for _, name := range []string{
		lost, recording.TrackName(application, noRowsID, 1), "music", application, application + "-doctor-" + noRowsID,
		recording.TrackName(application+"-2", noRowsID, 0), recording.TrackName("ari", noRowsID, 0),
	} {
		r.phones.SetFile(node, name, recording.FormatWAV, sound)
	}
	r.orphans(2)
	r.hangUp("1.1")
	r.heard("22")
	require.Eventually(t, func() bool { return len(r.phones.Files(node)) == 7 }, eventually, tick, "nothing but what is safe is deleted")
	require.NoError(t, r.phones.Discard(t.Context(), node, lost))
	r.orphans(1)
}

func TestALiveRecordingThatNoRowKnowsIsReportedAndLeftAlone(t *testing.T) {
	r := assemble(t, func(o *recording.Options) { o.CensusAfter = time.Hour })
	r.call("1.1", "410")
	name := recording.TrackName(application, noRowsID, 0)
	r.snoop(name)
	_, err := r.phones.Record(t.Context(), node, name, recording.FormatWAV, 0)
	require.NoError(t, err)
	r.call(name, "")
	r.phones.Resync(node)
	r.orphans(1)
	require.Equal(t, recording.LiveRecording, func() recording.LiveState { l, _ := r.phones.Live(t.Context(), node, name); return l }())
	r.hangUp(name)
	r.phones.Resync(node)
	r.orphans(0)
}

// More than are looked up at a time, most of which have a row.
func TestManyStoredRecordings(t *testing.T) {
	r := assemble(t, watchful)
	r.call("1.1", "410")
	rec := r.quiet(r.started("410", "22"))
	for n := 1; n < 1200; n++ {
		r.phones.SetFile(node, recording.TrackName(application, rec.ID, n), recording.FormatWAV, nil)
	}
	r.phones.SetFile(node, recording.TrackName(application, noRowsID, 0), recording.FormatWAV, nil)
	r.orphans(1)
}
