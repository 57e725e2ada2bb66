package recording_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func TestTheEndOfTheCallEndsItsRecording(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.hangUp("1.1")
	row := r.becomes(rec.ID, recording.Available)
	require.Positive(t, row.Audio.Duration)
	require.Len(t, row.Audio.SHA256, 64)
	require.Equal(t, 8000, row.Audio.SampleRate)
	require.Eventually(t, func() bool { return len(r.phones.Files(node)) == 0 }, eventually, tick, "Asterisk's copy goes last")
	require.Eventually(t, func() bool {
		row := r.becomes(rec.ID, recording.Available)
		return !row.CallEndedAt.IsZero() && !row.SourceDeletedAt.IsZero()
	}, eventually, tick)
}

func TestARestartAdoptsWhatRuns(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.restart("one")
	require.Eventually(t, func() bool { return r.Stats().Active == 1 }, eventually, tick)
	require.Contains(t, r.timeline(rec.ID), recording.EventAdopted)
	require.Equal(t, rec.ID, r.stopped("410").ID)
	r.becomes(rec.ID, recording.Available)
}

func TestARestartFilesWhatEndedMeanwhile(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.stop()
	r.hangUp("1.1")
	r.restart("one")
	row := r.becomes(rec.ID, recording.Available)
	require.Eventually(t, func() bool { return !r.becomes(row.ID, recording.Available).CallEndedAt.IsZero() }, eventually, tick)
	require.Eventually(t, func() bool {
		call, err := r.store.Call(t.Context(), node, "1.1")
		return err == nil && call.ExternalReference == "22"
	}, eventually, tick, "our record of the call is made up for")
}

func TestARestartFailsWhatIsLost(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.stop()
	r.hangUp("1.1")
	require.NoError(t, r.phones.Discard(t.Context(), node, recording.TrackName(application, rec.ID, 0)))
	r.restart("one")
	require.Equal(t, recording.FailNoFile, r.becomes(rec.ID, recording.Failed).Failure.Code)
}

// A process that died at each arrow of the start's path leaves a row that the next one settles.
func TestARestartSettlesAStartThatWasCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(*rig, string) // what Asterisk has, under the track's name
		want  recording.State
	}{
		"nothing but the row": {func(*rig, string) {}, recording.Failed},
		"a snoop channel":     {func(r *rig, name string) { r.snoop(name) }, recording.Failed},
		"a recording": {func(r *rig, name string) {
			r.snoop(name)
			_, err := r.phones.Record(r.t.Context(), node, name, recording.FormatWAV, 0)
			require.NoError(r.t, err)
		}, recording.Active},
		"an ended recording": {func(r *rig, name string) {
			r.phones.SetFile(node, name, recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
		}, recording.Available},
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			rec := r.started("410", "22")
			r.stopped("410")
			r.becomes(rec.ID, recording.Available)
			cut := r.becomes(rec.ID, recording.Available).Clone()
			r.stop()
			cut.ID, cut.State, cut.StartedAt, cut.EndedAt, cut.Audio, cut.Owner = "01k9zzzzzzzzzzzzzzzzzzzzzz", recording.Starting, time.Time{}, time.Time{}, nil, "one"
			cut.SourceDeletedAt = time.Time{}
			cut.Tracks[0].Name = recording.TrackName(application, cut.ID, 0)
			cut.Tracks[0].StartedAt = time.Time{}
			require.NoError(t, r.store.Create(t.Context(), cut, recording.Event{Kind: recording.EventRequested}))
			c.leave(r, cut.Tracks[0].Name)
			r.restart("one")
			r.becomes(cut.ID, c.want)
			if c.want == recording.Failed {
				require.Empty(t, r.phones.Snoops(node))
			}
		})
	}
}

func (r *rig) snoop(name string) {
	r.t.Helper()
	require.NoError(r.t, r.phones.Snoop(r.t.Context(), node, recording.Track{UniqueID: "1.1", Direction: recording.DirectionBoth, Name: name}, "x"))
}

func TestAsteriskCrashesWhileRecording(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.phones.Crash(node)
	r.index.Replace(node, nil, nil)
	r.phones.Resync(node)
	row := r.becomes(rec.ID, recording.Available)
	require.Positive(t, row.Audio.Duration, "the header is repaired from the file's length")
	require.NotEmpty(t, r.heard("22").ID)
}

func TestTheDatabaseIsAwayWhileACallEnds(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.store.Down(true)
	r.hangUp("1.1")
	r.store.Down(false)
	r.becomes(rec.ID, recording.Available)
}

func TestFilingIsTriedAgainUntilItWorks(t *testing.T) {
	for _, method := range []recordingtest.Method{recordingtest.MethodFetch, recordingtest.MethodDiscard} {
		r := assemble(t, nil)
		r.call("1.1", "410")
		r.phones.Inject(recordingtest.Fault{Method: method, Err: recording.ErrSwitchDown, Times: 2})
		rec := r.started("410", "22")
		r.hangUp("1.1")
		r.becomes(rec.ID, recording.Available)
		require.Eventually(t, func() bool { return len(r.phones.Files(node)) == 0 }, eventually, tick)
	}
}

func TestAsterisksCopyStaysUntilTheRowIsAvailable(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Begun: begun, Until: until})
	r.hangUp("1.1")
	<-begun
	require.Equal(t, recording.Available, r.becomes(rec.ID, recording.Available).State)
	close(until)
}

func TestFilesThatAreNoAudio(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want recording.FailureCode
	}{
		"no WAV":     {[]byte("this is no audio"), recording.FailBadFile},
		"an empty":   {nil, recording.FailBadFile},
		"no samples": {recordingtest.WAV(recording.FormatWAV, 0), recording.FailNoAudio},
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			rec := r.started("410", "22")
			r.stop()
			r.hangUp("1.1")
			r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, c.file)
			r.restart("one")
			require.Equal(t, c.want, r.becomes(rec.ID, recording.Failed).Failure.Code)
			require.NotEmpty(t, r.phones.Files(node), "Asterisk's copy is left for a person to look at")
		})
	}
}

func TestWhatBelongsToAnotherInstanceIsLeftAlone(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	ctx, cancel := context.WithCancel(t.Context())
	other := recording.New(recording.Options{Application: application, Instance: "two", Format: recording.FormatWAV}, r.store, r.phones, r.archive, r.index)
	done := make(chan struct{})
	go func() {
		defer close(done)
		other.Run(ctx)
	}()
	other.Notify(recording.Signal{Kind: recording.Resynced, Node: node})
	other.Notify(recording.Signal{Kind: recording.TrackEnded, Node: node, Name: recording.TrackName(application, rec.ID, 0), At: time.Now()})
	stopped, err := other.Stop(t.Context(), recording.StopRequest{Channel: "410"})
	require.NoError(t, err, "any instance can stop it")
	require.Equal(t, rec.ID, stopped.ID)
	r.becomes(rec.ID, recording.Available)
	cancel()
	<-done
	require.NotContains(t, r.timeline(rec.ID), recording.EventAdopted)
}

func TestEventsMayComeTwiceLateAndForStrangers(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	name := recording.TrackName(application, rec.ID, 0)
	r.hangUp("1.1")
	r.becomes(rec.ID, recording.Available)
	for _, s := range []recording.Signal{
		{Kind: recording.TrackEnded, Node: node, Name: name, At: time.Now()},
		{Kind: recording.TrackEnded, Node: node, Name: "somebody-else", At: time.Now()},
		{Kind: recording.TrackEnded, Node: node, Name: recording.TrackName(application, "01k9zzzzzzzzzzzzzzzzzzzzzz", 0), At: time.Now()},
		{Kind: recording.ChannelEnded, Node: node, Name: "1.1", At: time.Now()},
		{Kind: recording.ChannelEnded, Node: node, Name: "9.9", At: time.Now()},
	} {
		require.True(t, r.Notify(s))
	}
	r.call("2.1", "411")
	r.started("411", "23")
	r.hangUp("2.1")
	r.heard("23")
	require.Equal(t, recording.Available, r.becomes(rec.ID, recording.Available).State)
}

func TestTooManyEventsAreRefusedNotHoarded(t *testing.T) {
	r := assemble(t, nil)
	r.stop()
	taken := 0
	for range 5000 {
		if r.Notify(recording.Signal{Kind: recording.ChannelEnded, Node: node, Name: "x"}) {
			taken++
		}
	}
	require.Less(t, taken, 5000)
}
