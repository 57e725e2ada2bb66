package recording_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

const day = 24 * time.Hour

// keeping is a site that keeps deleted recordings for a month.
func keeping(o *recording.Options) { o.UndeleteWindow = 30 * day }

// swept makes a recording of which Asterisk has no copy any more, and about which nothing is left to be written.
func (r *rig) swept(uniqueID, tag string) *recording.Recording {
	r.t.Helper()
	rec := r.recorded(uniqueID, tag)
	require.Eventually(r.t, func() bool {
		row := r.row(rec.ID)
		return !row.SourceDeletedAt.IsZero() && !row.CallEndedAt.IsZero()
	}, eventually, tick)
	return r.quiet(rec)
}

func (r *rig) hold(id string, hold bool) {
	r.t.Helper()
	_, err := r.Amend(r.t.Context(), recording.Amendment{Control: by(id), LegalHold: &hold})
	require.NoError(r.t, err)
}

func (r *rig) playing(id string) error {
	out, err := r.Play(r.t.Context(), recording.PlayRequest{ID: id, Username: "fred"})
	if err == nil {
		err = out.Audio.Close()
	}
	return err
}

// kept tells whether the archive has the audio.
func (r *rig) kept(rec *recording.Recording) bool {
	_, err := r.archive.Measure(r.t.Context(), rec)
	return err == nil
}

func TestDeleteAndRestore(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	for range 2 { // one that is deleted stays so
		require.NoError(t, r.Delete(t.Context(), by(rec.ID)))
		fails(t, r.playing(rec.ID), recording.CodeDeleted)
		_, err := r.retrieve("22")
		fails(t, err, recording.CodeDeleted)
	}
	row := r.row(rec.ID)
	require.True(t, row.Deleted())
	require.True(t, r.kept(rec), "it can be had back")
	for range 2 {
		restored, err := r.Restore(t.Context(), by(rec.ID))
		require.NoError(t, err)
		require.False(t, restored.Deleted())
		require.Equal(t, rec.ID, r.heard("22").ID)
	}
	require.Equal(t, row.Version+1, r.row(rec.ID).Version)
	for action, kind := range map[recording.Action]recording.EventKind{
		recording.ActionDelete: recording.EventDeleted, recording.ActionRestore: recording.EventRestored,
	} {
		require.Equal(t, ann.Name, r.event(rec.ID, kind).Actor)
		require.Equal(t, []string{"ok", "ok"}, r.outcomes(action))
		require.Equal(t, rec.ID, r.audited(action)[0].RecordingID)
	}
}

func TestDeleteAndEraseRefuse(t *testing.T) {
	r := assemble(t, keeping)
	r.call("1.1", "410")
	running := r.started("410", "22")
	held := r.swept("1.2", "23")
	r.hold(held.ID, true)
	for _, remove := range []func(context.Context, recording.Control) error{r.Delete, r.Erase} {
		require.Contains(t, failure(t, remove(t.Context(), by(running.ID)), recording.CodeState).Detail, "recording")
		fails(t, remove(t.Context(), by(held.ID)), recording.CodeLegalHold)
		fails(t, remove(t.Context(), by(unknownID)), recording.CodeNoRecording)
		r.store.FailNext("Get", recording.ErrStoreDown)
		fails(t, remove(t.Context(), by(held.ID)), recording.CodeDatabase)
	}
	for _, action := range []recording.Action{recording.ActionDelete, recording.ActionErase} {
		require.Equal(t, []string{"wrong_state", "legal_hold", "no_recording"}, r.outcomes(action))
	}
	require.False(t, r.row(held.ID).Deleted())
	require.True(t, r.kept(held))
}

func TestErase(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	for range 2 {
		require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
	}
	require.False(t, r.kept(rec))
	row := r.row(rec.ID)
	require.True(t, row.Deleted() && !row.ErasedAt.IsZero() && !row.EraseAskedAt.IsZero())
	require.Empty(t, row.Audio.Key)
	require.Equal(t, rec.Audio.SHA256, row.Audio.SHA256, "what was measured stays")
	text, err := row.MarshalJSON()
	require.NoError(t, err)
	require.Contains(t, string(text), rec.Audio.SHA256)
	fails(t, r.playing(rec.ID), recording.CodeDeleted)
	_, err = r.retrieve("22")
	fails(t, err, recording.CodeDeleted)
	_, err = r.Restore(t.Context(), by(rec.ID))
	fails(t, err, recording.CodeDeleted)
	require.NoError(t, r.Delete(t.Context(), by(rec.ID)), "it is deleted")
	require.Equal(t, []recording.EventKind{recording.EventErase, recording.EventErased}, r.timeline(rec.ID)[len(r.timeline(rec.ID))-2:])
	require.Equal(t, ann.Name, r.event(rec.ID, recording.EventErased).Actor)
	require.Equal(t, []string{"ok", "ok"}, r.outcomes(recording.ActionErase))
}

func TestEraseOfADeletedOneKeepsTheTimeOfItsDeletion(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	require.NoError(t, r.Delete(t.Context(), by(rec.ID)))
	at := r.row(rec.ID).DeletedAt
	require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
	require.Equal(t, at, r.row(rec.ID).DeletedAt)
}

// What failed has left its file in Asterisk for a person to look at: it is audio, too.
func TestEraseOfWhatFailed(t *testing.T) {
	r := assemble(t, keeping)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.stop()
	r.hangUp("1.1")
	r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, []byte("this is no audio"))
	r.restart("one")
	r.becomes(rec.ID, recording.Failed)
	require.NotEmpty(t, r.phones.Files(node))
	require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
	require.Empty(t, r.phones.Files(node))
	require.False(t, r.row(rec.ID).SourceDeletedAt.IsZero())
}

// An erasure is cut off at each of its steps: the request is written down, and the job goes on as soon as it can.
func TestAnErasureThatIsCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*rig)
		heal  func(*rig)
		code  recording.Code
	}{
		"Asterisk is away": {
			func(r *rig) { r.phones.SetDown(node, true) },
			func(r *rig) { r.phones.SetDown(node, false); r.phones.Resync(node) }, recording.CodeAsterisk,
		},
		"the database goes away after the audio went": {
			func(r *rig) {
				r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Err: recording.ErrSwitchDown, Works: true})
			},
			func(r *rig) { r.restart("two") }, recording.CodeAsterisk,
		},
		"the storage is away": {
			func(r *rig) { r.files.fail(errors.New("no such device")) },
			func(r *rig) { r.files.fail(nil); r.restart("one") }, recording.CodeStorage,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, keeping)
			rec := r.swept("1.1", "22")
			r.edit(rec.ID, func(row *recording.Recording) { row.SourceDeletedAt = time.Time{} }) // as if the sweep had not come
			r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, nil)
			c.spoil(r)
			fails(t, r.Erase(t.Context(), by(rec.ID)), c.code)
			row := r.row(rec.ID)
			require.True(t, row.Deleted() && row.ErasedAt.IsZero() && !row.EraseAskedAt.IsZero(), "the request is written down")
			_, err := r.Restore(t.Context(), by(rec.ID))
			fails(t, err, recording.CodeDeleted)
			c.heal(r)
			require.Eventually(t, func() bool { return !r.row(rec.ID).ErasedAt.IsZero() }, eventually, tick)
			require.False(t, r.kept(rec))
			require.Empty(t, r.phones.Files(node))
			require.Equal(t, []string{"ok", string(c.code), "ok"}, r.outcomes(recording.ActionErase), "the decision, the answer, the end")
			require.Equal(t, "lifecycle", r.audited(recording.ActionErase)[2].Actor.Name)
			require.Equal(t, "asked for", r.event(rec.ID, recording.EventErased).Detail)
		})
	}
}

// Every commit of an erasure may fail.
func TestAnErasureThatCannotBeWrittenDown(t *testing.T) {
	for after := range 2 {
		r := assemble(t, keeping)
		rec := r.swept("1.1", "22")
		r.passes("Update", after)
		fails(t, r.Erase(t.Context(), by(rec.ID)), recording.CodeDatabase)
		require.Equal(t, after == 0, r.kept(rec), "no audio goes before its intent is committed")
		require.Len(t, r.audited(recording.ActionErase), after, "nor without an entry of who wants it")
		require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
		require.False(t, r.kept(rec))
		require.False(t, r.row(rec.ID).ErasedAt.IsZero())
	}
}

// passes lets a method work some times and then fail once.
func (r *rig) passes(method string, times int) {
	for range times {
		r.store.FailNext(method, nil)
	}
	r.store.FailNext(method, recording.ErrStoreDown)
}

// Somebody erases what another one is about to hear.
func TestAudioVanishesUnderARetrieve(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	require.NoError(t, r.archive.Delete(t.Context(), rec))
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeStorage)
	require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
	fails(t, r.playing(rec.ID), recording.CodeDeleted)
}

func TestManyEraseAtOnce(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if i%2 == 0 {
				require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
				return
			}
			require.NoError(t, r.Delete(t.Context(), by(rec.ID)))
		})
	}
	all.Wait()
	require.False(t, r.kept(rec))
	erased := 0
	for _, kind := range r.timeline(rec.ID) {
		if kind == recording.EventErased {
			erased++
		}
	}
	require.Equal(t, 1, erased)
}

// A filer that was slow puts the audio back after another instance has filed it and somebody had it erased.
func TestWhatIsErasedIsNotPutBack(t *testing.T) {
	r := assemble(t, keeping)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Begun: begun, Until: until})
	r.hangUp("1.1")
	<-begun
	r.edit(rec.ID, func(row *recording.Recording) {
		row.State, row.Owner, row.Audio = recording.Available, "", &recording.Audio{Key: "2026/11/23/" + row.ID + ".wav", Size: 1}
	})
	done := r.row(rec.ID)
	require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
	r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
	close(until)
	require.Eventually(t, func() bool { return r.Stats().Backlog == 0 }, eventually, tick)
	require.False(t, r.kept(done))
	require.Empty(t, r.row(rec.ID).Audio.Key)
}
