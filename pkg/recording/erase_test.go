package recording_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func (r *rig) holding(id string) error {
	yes, tag := true, "not this one"
	_, err := r.Amend(r.t.Context(), recording.Amendment{Control: by(id), LegalHold: &yes, Tag: &tag})
	return err
}

// inAsterisk puts a copy of the recording's audio back into Asterisk.
func (r *rig) inAsterisk(rec *recording.Recording) {
	r.t.Helper()
	r.edit(rec.ID, func(row *recording.Recording) { row.SourceDeletedAt = time.Time{} })
	r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
}

func TestALegalHoldComesTooLate(t *testing.T) {
	r := assemble(t, keeping)
	going, gone := r.swept("1.1", "22"), r.swept("1.2", "22")
	require.NoError(t, r.Erase(t.Context(), by(gone.ID)))
	r.files.fail(os.ErrPermission)
	fails(t, r.Erase(t.Context(), by(going.ID)), recording.CodeStorage)
	for id, says := range map[string]string{going.ID: "is being erased", gone.ID: "was erased"} {
		require.Contains(t, failure(t, r.holding(id), recording.CodeDeleted).Detail, says)
		_, err := r.Restore(t.Context(), by(id))
		require.Contains(t, failure(t, err, recording.CodeDeleted).Detail, says)
		require.False(t, r.row(id).LegalHold)
		require.Equal(t, "22", r.row(id).Tag, "all of it or nothing")
		no, tag := false, "23"
		row, err := r.Amend(t.Context(), recording.Amendment{Control: by(id), Tag: &tag, LegalHold: &no})
		require.NoError(t, err)
		require.Equal(t, tag, row.Tag)
	}
	require.Equal(t, []string{"deleted", "deleted"}, r.outcomes(recording.ActionLegalHold))
}

func TestALegalHoldWhileTheAudioGoes(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	r.inAsterisk(rec)
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Begun: begun, Until: until})
	done := make(chan error, 1)
	go func() { done <- r.Erase(context.Background(), by(rec.ID)) }()
	<-begun
	err := r.holding(rec.ID)
	close(until)
	fails(t, err, recording.CodeDeleted)
	require.NoError(t, <-done)
}

// A filer that was slow puts the audio back while it is being removed.
func TestWhatIsBeingErasedIsNotPutBack(t *testing.T) {
	r := assemble(t, keeping)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	fetching, fetch := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Begun: fetching, Until: fetch})
	r.hangUp("1.1")
	<-fetching
	r.edit(rec.ID, func(row *recording.Recording) {
		row.State, row.Owner, row.Audio = recording.Available, "", &recording.Audio{Key: row.CreatedAt.Format("2006/01/02/") + row.ID + ".wav", Size: 1}
	})
	discarding, discard := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Begun: discarding, Until: discard})
	done := make(chan error, 1)
	go func() { done <- r.Erase(context.Background(), by(rec.ID)) }()
	<-discarding // the archive's file is gone
	close(fetch)
	require.Eventually(t, func() bool { return r.Stats().Backlog == 0 }, eventually, tick)
	require.False(t, r.kept(rec), "the filer takes it away itself")
	close(discard)
	require.NoError(t, <-done)
	require.False(t, r.kept(rec))
}

// That filer was killed before it could look at the row.
func TestWhatWasPutBackGoes(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	r.inAsterisk(rec)
	putBack := func() {
		body, size, err := r.phones.Fetch(t.Context(), node, recording.TrackName(application, rec.ID, 0), rec.Format)
		require.NoError(t, err)
		_, err = r.archive.Put(t.Context(), rec, body, size)
		require.NoError(t, err)
	}
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Begun: begun, Until: until})
	done := make(chan error, 1)
	go func() { done <- r.Erase(context.Background(), by(rec.ID)) }()
	<-begun
	putBack()
	close(until)
	require.NoError(t, <-done)
	require.False(t, r.kept(rec))
	r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
	putBack()
	r.files.fail(os.ErrPermission)
	fails(t, r.Erase(t.Context(), by(rec.ID)), recording.CodeStorage)
	r.files.fail(nil)
	require.NoError(t, r.Erase(t.Context(), by(rec.ID)), "once more")
	require.False(t, r.kept(rec))
}

// What failed may have left a draft in the archive, of which no row knows.
func TestEraseOfWhatFailedAsksTheArchive(t *testing.T) {
	r := assemble(t, keeping)
	rec := r.swept("1.1", "22")
	r.edit(rec.ID, func(row *recording.Recording) {
		row.State, row.Audio, row.Failure = recording.Failed, nil, &recording.Failure{Code: recording.FailNoFile}
	})
	require.NoError(t, r.archive.Delete(t.Context(), rec))
	r.files.fail(os.ErrPermission)
	fails(t, r.Erase(t.Context(), by(rec.ID)), recording.CodeStorage)
	r.files.fail(nil)
	require.NoError(t, r.Erase(t.Context(), by(rec.ID)))
}

// An Asterisk that does not answer would let each erasure wait; what answers at once holds up nobody.
func TestASilentAsteriskIsAskedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		asked int
	}{
		"silent":              {fmt.Errorf("%w: %w", recording.ErrSwitchDown, context.DeadlineExceeded), 1},
		"an error of its own": {recording.ErrSwitchDown, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, keeping)
			var recs []*recording.Recording
			for i := range 3 {
				recs = append(recs, r.swept(fmt.Sprint("1.", i), "22"))
			}
			r.stop()
			for _, rec := range recs {
				r.inAsterisk(rec)
				r.edit(rec.ID, func(row *recording.Recording) { row.DeletedAt, row.EraseAskedAt = time.Now(), time.Now() })
			}
			r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Times: -1, Err: c.err})
			before := r.discards()
			r.swap("one", r.store)
			require.Eventually(t, func() bool { return !r.kept(recs[2]) && r.discards()-before >= c.asked }, eventually, tick)
			r.stop()
			require.Equal(t, c.asked, r.discards()-before)
			require.False(t, r.kept(recs[0]) || r.kept(recs[1]), "what can go is gone")
		})
	}
}

func (r *rig) discards() (count int) {
	for _, call := range r.phones.Calls() {
		if call.Method == recordingtest.MethodDiscard {
			count++
		}
	}
	return count
}
