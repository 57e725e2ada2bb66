package recording_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

var ann = recording.Actor{Name: "ann", Address: "192.0.2.9", RequestID: "r1"}

const unknownID = "01k9zzzzzzzzzzzzzzzzzzzzzz"

func by(id string) recording.Control { return recording.Control{ID: id, By: ann} }

// live tells what Asterisk says of a recording.
func (r *rig) live(id string) recording.LiveState {
	r.t.Helper()
	live, err := r.phones.Live(r.t.Context(), node, recording.TrackName(application, id, 0))
	require.NoError(r.t, err)
	return live
}

func TestPauseAndResume(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	for range 2 { // a paused one stays as it is
		paused, err := r.Pause(t.Context(), by(rec.ID))
		require.NoError(t, err)
		require.Equal(t, recording.Paused, paused.State)
		require.Equal(t, recording.LivePaused, r.live(rec.ID))
	}
	again, created, err := r.start("410", "22")
	require.NoError(t, err, "the same recording")
	require.False(t, created)
	require.Equal(t, rec.ID, again.ID)
	for range 2 {
		resumed, err := r.Resume(t.Context(), by(rec.ID))
		require.NoError(t, err)
		require.Equal(t, recording.Active, resumed.State)
		require.Equal(t, recording.LiveRecording, r.live(rec.ID))
	}
	require.Equal(t, []recording.EventKind{recording.EventPaused, recording.EventResumed}, without(r.timeline(rec.ID), recording.EventRequested, recording.EventStarted, recording.EventLinked))
	e := r.event(rec.ID, recording.EventPaused)
	require.Equal(t, "ann 192.0.2.9 paused", e.Actor+" "+e.Address+" "+string(e.State))
	for _, action := range []recording.Action{recording.ActionPause, recording.ActionResume} {
		require.Equal(t, []string{"ok", "ok"}, r.outcomes(action), "each use is in the audit trail, once")
		entry := r.audited(action)[0]
		require.Equal(t, ann, entry.Actor)
		require.Equal(t, rec.ID, entry.RecordingID)
		require.Equal(t, "id="+rec.ID, entry.Subject)
		require.False(t, entry.At.IsZero())
	}
}

// without leaves kinds of events out.
func without(kinds []recording.EventKind, left ...recording.EventKind) (rest []recording.EventKind) {
next:
	for _, kind := range kinds {
		for _, l := range left {
			if kind == l {
				continue next
			}
		}
		rest = append(rest, kind)
	}
	return rest
}

func TestPauseOfWhatDoesNotRun(t *testing.T) {
	r := assemble(t, nil)
	ended := r.recorded("1.1", "22")
	e := failure(t, pausing(r, ended.ID), recording.CodeState)
	require.Contains(t, e.Detail, "available")
	_, err := r.Resume(t.Context(), by(ended.ID))
	fails(t, err, recording.CodeState)
	for _, id := range []string{unknownID, "", "a\nb", "../etc", "\xff"} {
		fails(t, pausing(r, id), recording.CodeNoRecording)
	}
	require.Equal(t, []string{"wrong_state", "no_recording", "no_recording", "no_recording", "no_recording", "no_recording"}, r.outcomes(recording.ActionPause))
	require.Equal(t, ended.ID, r.audited(recording.ActionPause)[0].RecordingID)
	require.Empty(t, r.audited(recording.ActionPause)[1].RecordingID)
	require.Equal(t, "id=a\ufffdb", r.audited(recording.ActionPause)[3].Subject, "one valid line")
}

func pausing(r *rig, id string) error {
	_, err := r.Pause(r.t.Context(), by(id))
	return err
}

func TestPauseWhileAsteriskIsAway(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.phones.SetDown(node, true)
	require.NotZero(t, failure(t, pausing(r, rec.ID), recording.CodeAsterisk).RetryAfter)
	r.phones.SetDown(node, false)
	require.Equal(t, recording.Active, r.row(rec.ID).State)
	require.NoError(t, pausing(r, rec.ID))
	require.Equal(t, []string{"asterisk_unavailable", "ok"}, r.outcomes(recording.ActionPause))
}

// The answer of Asterisk is lost, and with it the pause from the row: reconciliation asks again.
func TestAPauseWhoseAnswerIsLostIsFound(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodPause, Err: recording.ErrSwitchDown, Works: true})
	fails(t, pausing(r, rec.ID), recording.CodeAsterisk)
	r.becomes(rec.ID, recording.Paused)
	require.Equal(t, "found by reconciliation", r.event(rec.ID, recording.EventPaused).Detail)
}

// Nobody would know who has paused it, and who asked was told that it was not done: so it is not.
func TestWhatCannotBeWrittenDownIsTakenBack(t *testing.T) {
	var log bytes.Buffer
	r := assemble(t, func(o *recording.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	r.call("1.1", "410")
	rec := r.quiet(r.started("410", "22"))
	r.store.FailNext("Update", recording.ErrStoreDown)
	require.NotZero(t, failure(t, pausing(r, rec.ID), recording.CodeDatabase).RetryAfter)
	require.Equal(t, recording.LiveRecording, r.live(rec.ID))
	require.NoError(t, pausing(r, rec.ID))

	r.store.FailNext("Update", recording.ErrStoreDown)
	_, err := r.Resume(t.Context(), by(rec.ID))
	fails(t, err, recording.CodeDatabase)
	require.Equal(t, recording.LivePaused, r.live(rec.ID))
	require.Equal(t, recording.Paused, r.row(rec.ID).State)

	r.store.FailNext("Update", recording.ErrStoreDown)
	fails(t, pausing(r, rec.ID), recording.CodeDatabase)
	require.Equal(t, recording.LivePaused, r.live(rec.ID), "what was so before stays so")
	r.stop()
	for _, action := range []string{"pause", "resume"} {
		require.Regexp(t, "level=ERROR .*action="+action+" subject=\"?id="+rec.ID+".* key=ann client=192.0.2.9 request=r1 outcome=database_unavailable", log.String())
	}
}

// Not even that works: reconciliation finds what Asterisk does.
func TestWhatCannotBeTakenBackIsFoundByReconciliation(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.quiet(r.started("410", "22"))
	r.store.FailNext("Update", recording.ErrStoreDown)
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodResume, Err: recording.ErrSwitchDown})
	fails(t, pausing(r, rec.ID), recording.CodeDatabase)
	r.becomes(rec.ID, recording.Paused)
	e := r.event(rec.ID, recording.EventPaused)
	require.Equal(t, "found by reconciliation", e.Detail)
	require.Empty(t, e.Actor)
	require.NotContains(t, r.timeline(rec.ID), recording.EventAdopted)
}

func TestAPauseThatAsteriskRefuses(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodPause, Err: recording.ErrRefused})
	e := failure(t, pausing(r, rec.ID), recording.CodeState)
	require.Zero(t, e.RetryAfter, "the same request would be refused again")
	require.Contains(t, e.Detail, "refuses to pause")
}

// The row says paused and Asterisk records, since a resume could not be written down. Who asks for a pause now must not be
// told that all is well.
func TestAPauseAsksAsteriskWhateverTheRowSays(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	require.NoError(t, pausing(r, rec.ID))
	require.NoError(t, r.phones.Resume(t.Context(), node, recording.TrackName(application, rec.ID, 0)))
	require.NoError(t, pausing(r, rec.ID))
	require.Equal(t, recording.LivePaused, r.live(rec.ID))
}

func TestPauseOfWhatHasJustEnded(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.phones.Crash(node)
	r.index.Replace(node, nil, nil)
	fails(t, pausing(r, rec.ID), recording.CodeState)
	r.becomes(rec.ID, recording.Available)
}

func TestPauseWaitsForItsStart(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Begun: begun, Until: until})
	var both sync.WaitGroup
	both.Go(func() { _, _, err := r.start("410", "22"); require.NoError(t, err) })
	<-begun
	id := r.becomes(r.only().ID, recording.Starting).ID
	both.Go(func() { require.NoError(t, pausing(r, id)) })
	aMoment()
	close(until)
	both.Wait()
	require.Equal(t, recording.Paused, r.row(id).State)
}

// Another instance's start is waited for; what a dead process of our own has left is settled.
func TestPauseOfAStartThatIsNotOurs(t *testing.T) {
	for _, owner := range []string{"one", "two"} {
		r := assemble(t, nil)
		r.call("1.1", "410")
		name := recording.TrackName(application, unknownID, 0)
		r.snoop(name)
		_, err := r.phones.Record(t.Context(), node, name, recording.FormatWAV, 0)
		require.NoError(t, err)
		require.NoError(t, r.store.Create(t.Context(), &recording.Recording{
			ID: unknownID, State: recording.Starting, Tag: "22", Node: node, UniqueID: "1.1", Format: recording.FormatWAV, Owner: owner,
			StartedBy: "crm", CreatedAt: time.Now(), Tracks: []recording.Track{{UniqueID: "1.1", Direction: recording.DirectionBoth, Name: name}},
		}, recording.Event{Kind: recording.EventRequested}))
		done := make(chan error, 1)
		go func() { done <- pausing(r, unknownID) }()
		if owner == "two" {
			aMoment()
			r.edit(unknownID, func(row *recording.Recording) { row.State, row.StartedAt = recording.Active, time.Now() })
		}
		require.NoError(t, <-done)
		require.Equal(t, recording.Paused, r.row(unknownID).State)
		if owner == "one" {
			entry := r.audited(recording.ActionStart)[0]
			require.Equal(t, "crm channel=1.1 tag=22 ok "+unknownID, entry.Actor.Name+" "+entry.Subject+" "+entry.Outcome+" "+entry.RecordingID, "its start is made up for")
		}
	}
}

func TestAPausedRecordingEnds(t *testing.T) {
	for name, end := range map[string]func(*rig, string){
		"by uniqueid": func(r *rig, _ string) { r.stopped("1.1") },
		"by id": func(r *rig, id string) {
			_, err := r.End(r.t.Context(), by(id))
			require.NoError(r.t, err)
		},
		"by a hang-up": func(r *rig, _ string) { r.hangUp("1.1") },
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			rec := r.started("410", "22")
			require.NoError(t, pausing(r, rec.ID))
			end(r, rec.ID)
			require.Positive(t, r.becomes(rec.ID, recording.Available).Audio.Duration)
		})
	}
}

func TestARestartTakesBackAPausedRecording(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	require.NoError(t, pausing(r, rec.ID))
	r.restart("one")
	require.Eventually(t, func() bool { return r.Stats().Active == 1 }, eventually, tick)
	require.Contains(t, r.timeline(rec.ID), recording.EventAdopted)
	require.Equal(t, recording.Paused, r.row(rec.ID).State)
}

func TestEndByID(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 { // one that has ended is returned as it is
		ended, err := r.End(gone, by(rec.ID))
		require.NoError(t, err, "a client that goes away changes nothing")
		require.Equal(t, rec.ID, ended.ID)
		require.False(t, ended.State.Running())
	}
	_, err := r.End(t.Context(), by(unknownID))
	fails(t, err, recording.CodeNoRecording)
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrRefused})
	_, _, err = r.start("410", "23")
	fails(t, err, recording.CodeAsterisk)
	failed, err := r.store.Find(t.Context(), recording.Filter{Tag: "23"})
	require.NoError(t, err)
	_, err = r.End(t.Context(), by(failed[0].ID))
	fails(t, err, recording.CodeFailed)
	require.Equal(t, []string{"ok", "ok", "no_recording", "recording_failed"}, r.outcomes(recording.ActionStop))
	require.Equal(t, ann.Name, r.event(rec.ID, recording.EventStop).Actor)
}

// Pauses, resumes, a stop and the hang-up meet: whatever their order, the recording ends up in the archive.
func TestPausesMeetTheEnd(t *testing.T) {
	r := assemble(t, nil)
	for i := range 10 {
		uniqueID := "1." + string(rune('0'+i))
		r.call(uniqueID, "410"+uniqueID)
		rec := r.started(uniqueID, "22")
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { _, _ = r.Pause(t.Context(), by(rec.ID)) })
			all.Go(func() { _, _ = r.Resume(t.Context(), by(rec.ID)) })
		}
		if i%2 == 0 {
			all.Go(func() { _, _ = r.End(t.Context(), by(rec.ID)) })
		}
		all.Go(func() { r.hangUp(uniqueID) })
		all.Wait()
		r.becomes(rec.ID, recording.Available)
	}
}
