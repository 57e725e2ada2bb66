package recording_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// party is a rig that records by party, with a call of 410 and 411.
func party(t *testing.T, change func(*recording.Options)) *rig {
	t.Helper()
	r := assemble(t, func(o *recording.Options) {
		o.Capture, o.WorkDir = recording.CaptureParties, t.TempDir()
		if change != nil {
			change(o)
		}
	})
	r.call("own", "410")
	r.call("bob", "411")
	r.talk("own", "bob")
	return r
}

// talk puts channels, and nobody else, into one bridge.
func (r *rig) talk(uniqueIDs ...string) {
	r.index.SetBridge(node, "bridge", uniqueIDs)
	r.Notify(recording.Signal{Kind: recording.Moved, Node: node, Bridge: "bridge", At: time.Now()})
	for _, uniqueID := range uniqueIDs {
		r.Notify(recording.Signal{Kind: recording.Moved, Node: node, Name: uniqueID, Bridge: "bridge", At: time.Now()})
	}
}

// gone ends a channel as Asterisk does, its bridge included.
func (r *rig) gone(uniqueID string) {
	r.index.Remove(node, uniqueID)
	r.Notify(recording.Signal{Kind: recording.Moved, Node: node, Name: uniqueID, At: time.Now()})
	r.phones.HangUp(node, uniqueID)
}

// comes waits until the row is as wanted.
func (r *rig) comes(id string, wanted func(*recording.Recording) bool) *recording.Recording {
	r.t.Helper()
	var row *recording.Recording
	require.Eventually(r.t, func() bool { row = r.row(id); return wanted(row) }, eventually, tick)
	return row
}

func voices(row *recording.Recording) (list []string) {
	for _, track := range row.Tracks {
		list = append(list, track.UniqueID+" "+string(track.Direction))
	}
	return list
}

func recorded(n int) func(*recording.Recording) bool {
	return func(row *recording.Recording) bool {
		return len(row.Tracks) == n && !row.Tracks[n-1].StartedAt.IsZero()
	}
}

func TestEachPartyHasATrack(t *testing.T) {
	r := party(t, func(o *recording.Options) { o.Channels = 2 })
	rec := r.started("410", "22")
	require.Subset(t, r.phones.Snoops(node), []string{rec.Tracks[0].Name, rec.Tracks[1].Name}, "the answer waits for both voices")
	row := r.comes(rec.ID, recorded(3))
	require.Equal(t, []string{"own in", "bob in", "own out"}, voices(row))
	for _, track := range row.Tracks {
		require.False(t, track.StartedAt.IsZero())
	}

	r.call("carla", "412")
	r.talk("own", "carla")
	row = r.comes(rec.ID, recorded(4))
	require.Equal(t, "carla in", voices(row)[3])
	require.Len(t, row.Tracks[1].Spans, 1)
	require.False(t, row.Tracks[1].Spans[0].To.IsZero(), "bob has left")
	require.True(t, row.Tracks[3].Spans[0].To.IsZero(), "carla is there")
	require.Contains(t, r.timeline(rec.ID), recording.EventPartyJoined)

	r.stopped("410")
	require.Empty(t, r.phones.Snoops(node))
	r.gone("own")
	row = r.becomes(rec.ID, recording.Available)
	require.Equal(t, 2, row.Audio.Channels)
	require.Empty(t, row.Gaps)
	require.Eventually(t, func() bool { return len(r.phones.Files(node)) == 0 }, eventually, tick, "all copies are deleted")
}

func TestARingingPartyIsListenedToBeforehand(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.phones.AddChannel(node, "carla", "")
	r.index.Put(channels.Channel{Node: node, UniqueID: "carla", Name: "PJSIP/412-carla", Extension: "412", State: "Ringing"})
	r.Notify(recording.Signal{Kind: recording.Calling, Node: node, Name: "carla", By: "bob", At: time.Now()})
	row := r.comes(rec.ID, recorded(4))
	require.Equal(t, "carla in", voices(row)[3])
	require.Empty(t, row.Tracks[3].Spans, "it rings")
	r.stopped("410")
	require.Empty(t, r.becomes(rec.ID, recording.Archiving).Tracks[3].Spans)
}

func TestHoldIsNoTalk(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	for _, hold := range []channels.Hold{channels.HoldOn, channels.HoldOff} {
		r.index.SetHold(node, "bob", hold)
		r.Notify(recording.Signal{Kind: recording.Moved, Node: node, Name: "bob", At: time.Now()})
		r.comes(rec.ID, func(row *recording.Recording) bool {
			spans := row.Tracks[1].Spans
			return spans[len(spans)-1].To.IsZero() == (hold == channels.HoldOff)
		})
	}
	require.Len(t, r.row(rec.ID).Tracks[1].Spans, 2)
	require.Len(t, r.row(rec.ID).Tracks, 3, "its track went on")
}

// A party that cannot be recorded is no reason to refuse or to fail the recording: the ledger tells.
func TestAPartyThatCannotBeRecorded(t *testing.T) {
	for name, fault := range map[string]recordingtest.Fault{
		"no snoop":     {Method: recordingtest.MethodSnoop, Err: recording.ErrNoStasis},
		"not recorded": {Method: recordingtest.MethodRecord, Err: recording.ErrNotStarted},
	} {
		t.Run(name, func(t *testing.T) {
			r := party(t, nil)
			fault.Match, fault.Times = func(name string) bool { // bob's first track, and those that are tried after it
				return strings.Count(name, "-") == 3 && !strings.HasSuffix(name, "-2")
			}, -1
			r.phones.Inject(fault)
			rec := r.started("410", "22")
			<-time.After(150 * time.Millisecond)
			r.stopped("410")
			row := r.becomes(rec.ID, recording.Available)
			require.Equal(t, recording.Available, row.State)
			require.NotEmpty(t, row.Gaps)
			require.Equal(t, recording.GapUncertain, row.Gaps[0].Kind)
			require.Equal(t, "bob", row.Gaps[0].Channel)
			require.Empty(t, r.phones.Snoops(node))
		})
	}
}

// Asterisk refuses a snoop now and then: the one who has joined is listened to a moment later, with nothing else happening.
func TestAPartyIsTriedAgain(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.comes(rec.ID, recorded(3))
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodSnoop, Name: recording.TrackName(application, rec.ID, 3), Times: 1, Err: recording.ErrRefused})
	r.call("carla", "412")
	r.talk("own", "bob", "carla")
	row := r.comes(rec.ID, recorded(5))
	require.Equal(t, []string{"carla in", "carla in"}, voices(row)[3:])
	require.True(t, row.Tracks[3].StartedAt.IsZero())
	r.stopped("410")
}

func TestAFileThatIsLost(t *testing.T) {
	for track, kind := range map[int]recording.GapKind{0: recording.GapMissing, 1: recording.GapUncertain} {
		r := party(t, nil)
		rec := r.started("410", "22")
		<-time.After(150 * time.Millisecond)
		r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Name: recording.TrackName(application, rec.ID, track), Times: -1, Err: recording.ErrNoSuchStored})
		r.stopped("410")
		row := r.becomes(rec.ID, recording.Available)
		require.Len(t, row.Gaps, 1)
		require.Equal(t, kind, row.Gaps[0].Kind)
	}
}

func TestNothingIsLeftOfAnyTrack(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Times: -1, Err: recording.ErrNoSuchStored})
	r.stopped("410")
	require.Equal(t, recording.FailNoFile, r.becomes(rec.ID, recording.Failed).Failure.Code)
}

func TestAFailedStartLeavesNoTrack(t *testing.T) {
	r := party(t, nil)
	r.phones.SetReadOnly(true)
	_, _, err := r.start("410", "22")
	fails(t, err, recording.CodeAsterisk)
	require.Empty(t, r.phones.Snoops(node))
	r.phones.SetReadOnly(false)
	r.store.Down(true)
	_, _, err = r.start("410", "22")
	fails(t, err, recording.CodeDatabase)
	require.Empty(t, r.phones.Snoops(node))
}

func TestPausingAllTracks(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.quiet(rec)
	_, err := r.Pause(t.Context(), recording.Control{ID: rec.ID})
	require.NoError(t, err)
	for _, track := range r.row(rec.ID).Tracks {
		live, err := r.phones.Live(t.Context(), node, track.Name)
		require.NoError(t, err)
		require.Equal(t, recording.LivePaused, live, track.Name)
	}
	r.call("carla", "412")
	r.talk("own", "bob", "carla")
	row := r.comes(rec.ID, func(row *recording.Recording) bool { return len(row.Tracks) == 4 })
	require.Len(t, r.phones.Snoops(node), 3, "nothing of her is recorded while it is paused")
	require.Len(t, row.Tracks[3].Spans, 1)
	_, err = r.Resume(t.Context(), recording.Control{ID: rec.ID})
	require.NoError(t, err)
	r.comes(rec.ID, recorded(5))
	require.Len(t, r.phones.Snoops(node), 4)
}

func TestAPartyThatEndsDoesNotEndTheRecording(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.gone("bob")
	r.comes(rec.ID, func(row *recording.Recording) bool { return !row.Tracks[1].Spans[0].To.IsZero() })
	require.Equal(t, recording.Active, r.row(rec.ID).State)
	r.gone("own")
	r.becomes(rec.ID, recording.Available)
}

// A new process takes back the tracks, listens to who has come meanwhile, and hangs up what no row names.
func TestTakenBackByAnotherProcess(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.quiet(rec)
	r.stop()
	r.call("carla", "412")
	r.index.SetBridge(node, "bridge", []string{"own", "carla"})
	unknown := recording.TrackName(application, rec.ID, 7)
	require.NoError(t, r.phones.Snoop(t.Context(), node, recording.Track{UniqueID: "own", Name: unknown}, rec.ID))
	r.index.Put(channels.Channel{Node: node, UniqueID: unknown, Name: "Snoop/own-1"})
	r.restart("one")
	row := r.comes(rec.ID, recorded(4))
	require.Equal(t, []string{"own in", "bob in", "own out", "carla in"}, voices(row))
	require.False(t, row.Tracks[1].Spans[0].To.IsZero())
	require.Len(t, row.Gaps, 1)
	require.Equal(t, recording.GapUncertain, row.Gaps[0].Kind)
	require.NotContains(t, r.phones.Snoops(node), unknown)
	r.stopped("410")
	require.Equal(t, recording.GapUncertain, r.becomes(rec.ID, recording.Available).Gaps[0].Kind)
}

// Events are missed for a while: who was there before and is there afterwards was there all the while.
func TestMissedEvents(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.quiet(rec)
	r.Notify(recording.Signal{Kind: recording.EventsCut, Node: node, At: time.Now()})
	aMoment()
	r.phones.Resync(node)
	row := r.comes(rec.ID, func(row *recording.Recording) bool { return len(row.Gaps) == 1 })
	require.Equal(t, recording.GapUncertain, row.Gaps[0].Kind)
	require.Greater(t, row.Gaps[0].To, row.Gaps[0].From)
	require.Len(t, row.Tracks[1].Spans, 1)
	require.True(t, row.Tracks[1].Spans[0].To.IsZero())
}

// A recording that ends while events are missed, or are still on their way, says so until its end: nobody knows who came.
func TestEndedWhileEventsAreMissed(t *testing.T) {
	for name, deafen := range map[string]func(*rig){
		"cut":  func(r *rig) { r.Notify(recording.Signal{Kind: recording.EventsCut, Node: node, At: time.Now()}) },
		"late": func(r *rig) { r.phones.SetHeardUntil(node, time.Now()) },
	} {
		t.Run(name, func(t *testing.T) {
			r := party(t, nil)
			rec := r.started("410", "22")
			r.quiet(rec)
			deafen(r)
			aMoment()
			r.stopped("410")
			row := r.becomes(rec.ID, recording.Available)
			require.Len(t, row.Gaps, 1)
			require.Equal(t, recording.GapUncertain, row.Gaps[0].Kind)
			require.Equal(t, row.EndedAt.Sub(row.StartedAt), row.Gaps[0].To)
		})
	}
}

// The database is away while somebody joins: it is written, and listened to, as soon as it is back.
func TestJoinedWithoutADatabase(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	r.quiet(rec)
	r.store.Down(true)
	r.call("carla", "412")
	r.talk("own", "bob", "carla")
	aMoment()
	require.Len(t, r.phones.Snoops(node), 3, "nothing is recorded that no row knows")
	r.store.Down(false)
	r.comes(rec.ID, recorded(4))
}

func TestGoingOnWithoutItsChannel(t *testing.T) {
	r := party(t, func(o *recording.Options) { o.Follow = recording.FollowCall })
	rec := r.started("410", "22")
	r.quiet(rec)
	r.call("carla", "412")
	r.talk("own", "bob", "carla")
	r.comes(rec.ID, recorded(4))
	r.gone("own")
	r.talk("bob", "carla")
	row := r.comes(rec.ID, func(row *recording.Recording) bool { return !row.CallEndedAt.IsZero() })
	require.Equal(t, recording.Active, row.State)
	r.restart("one")
	r.comes(rec.ID, func(row *recording.Recording) bool { return len(row.Gaps) > 0 })
	require.Equal(t, recording.Active, r.row(rec.ID).State, "another process goes on with it")
	r.gone("carla")
	r.gone("bob")
	r.becomes(rec.ID, recording.Available)
	require.Empty(t, r.phones.Snoops(node))
}

func TestEndingWithItsChannel(t *testing.T) {
	r := party(t, func(o *recording.Options) { o.Follow = recording.FollowCall })
	rec := r.started("410", "22")
	r.gone("bob")
	r.gone("own")
	r.becomes(rec.ID, recording.Available)
}

var errBroken = errors.New("broken")

// A download that breaks is begun anew: nothing is filed without a track that is still there.
func TestATrackThatCannotBeFetchedYet(t *testing.T) {
	r := party(t, nil)
	rec := r.started("410", "22")
	<-time.After(150 * time.Millisecond)
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Name: recording.TrackName(application, rec.ID, 1), Times: 2, Err: errBroken})
	r.stopped("410")
	require.Empty(t, r.becomes(rec.ID, recording.Available).Gaps)
}
