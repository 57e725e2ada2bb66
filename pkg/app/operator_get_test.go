package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// get copies with the query into a new folder and returns the file's path.
func (o *operated) get(q GetQuery) (string, error) {
	o.t.Helper()
	if q.File == "" {
		q.File = filepath.Join(o.t.TempDir(), "call.wav")
	}
	return q.File, get(o.t.Context(), o.store, o.files, q, o.console(false))
}

func TestGetCopiesByteForByteAndIsInTheTrail(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	file, err := o.get(GetQuery{ID: r.ID})
	require.NoError(t, err)
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, o.sound(r), got)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Contains(t, o.out.String(), "call.wav")

	trail := o.store.Audited()
	require.Len(t, trail, 1)
	require.False(t, trail[0].At.IsZero())
	require.Equal(t, recording.AuditEntry{
		Seq: trail[0].Seq, At: trail[0].At, Action: recording.ActionPlay, Username: systemUser(), Subject: "id=" + r.ID,
		Actor: recording.Actor{Name: "cli", Address: "local"}, RecordingID: r.ID, Outcome: recording.OutcomeOK,
	}, trail[0])
	require.NotEmpty(t, trail[0].Username)
}

func TestGetForPrograms(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	t.Chdir(t.TempDir())
	require.NoError(t, get(t.Context(), o.store, o.files, GetQuery{ID: r.ID}, o.console(true)))
	var doc struct {
		File      string
		Recording struct{ ID string }
	}
	require.NoError(t, json.Unmarshal(o.out.Bytes(), &doc))
	require.Equal(t, r.ID+".wav", doc.File)
	require.Equal(t, r.ID, doc.Recording.ID)
	require.FileExists(t, doc.File)

	require.NoError(t, get(t.Context(), o.store, o.files, GetQuery{ID: r.ID, File: "-"}, o.console(false)))
	require.Equal(t, o.sound(r), o.out.Bytes())
	usage(t, GetRecording(t.Context(), configOf(t), GetQuery{ID: r.ID, File: "-"}, o.console(true)), "--json and -o -")
}

func TestWithoutTheTrailNoAudio(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	o.store.FailNext("Audit", recording.ErrStoreDown)
	require.ErrorContains(t, get(t.Context(), o.store, o.files, GetQuery{ID: r.ID, File: "-"}, o.console(false)), "audit trail")
	require.Empty(t, o.out.String())
	o.store.FailNext("Audit", recording.ErrStoreDown)
	file, err := o.get(GetQuery{ID: r.ID})
	require.ErrorIs(t, err, recording.ErrStoreDown)
	require.NoFileExists(t, file)
}

func TestGetRefuses(t *testing.T) {
	o := newOperated(t)
	for _, refused := range []struct {
		why, outcome string
		row          func(*recording.Recording)
		allow        GetQuery // what lets it through, if anything does
	}{
		{"is private; add --private", "private", func(r *recording.Recording) { r.Private = true }, GetQuery{Private: true}},
		{"is deleted; add --deleted", "deleted", func(r *recording.Recording) { r.DeletedAt = firstDay }, GetQuery{Deleted: true}},
		{"was erased", "deleted", func(r *recording.Recording) { r.DeletedAt, r.ErasedAt, r.Audio.Key = firstDay, firstDay, "" }, GetQuery{}},
		{"was erased", "deleted", func(r *recording.Recording) { r.DeletedAt, r.EraseAskedAt = firstDay, firstDay }, GetQuery{}},
		{"disk full", "recording_failed", func(r *recording.Recording) {
			r.State, r.Audio, r.Failure = recording.Failed, nil, &recording.Failure{Code: recording.FailNoFile, Detail: "disk full"}
		}, GetQuery{}},
		{"is paused; its audio is not stored yet", "not_stored_yet", func(r *recording.Recording) { r.State, r.Audio = recording.Paused, nil }, GetQuery{}},
	} {
		r := o.recorded(refused.row)
		file, err := o.get(GetQuery{ID: r.ID})
		require.ErrorContains(t, err, refused.why)
		require.NoFileExists(t, file)
		trail := o.store.Audited()
		require.Equal(t, refused.outcome, trail[len(trail)-1].Outcome)
		all := GetQuery{ID: r.ID, Private: true, Deleted: true}
		if refused.allow == (GetQuery{}) {
			_, err = o.get(all)
			require.ErrorContains(t, err, refused.why)
			continue
		}
		refused.allow.ID = r.ID
		_, err = o.get(refused.allow)
		require.NoError(t, err)
		trail = o.store.Audited()
		require.Contains(t, trail[len(trail)-1].Subject, "--")
	}
}

func TestGetOfHeldOrUnknown(t *testing.T) {
	o := newOperated(t)
	held := o.recorded(func(r *recording.Recording) { r.LegalHold = true })
	_, err := o.get(GetQuery{ID: held.ID})
	require.NoError(t, err)
	_, err = o.get(GetQuery{ID: "01k9z8x7w6v5t4s3r2q1p09999"})
	require.ErrorContains(t, err, "no recording has the id")
	trail := o.store.Audited()
	require.Equal(t, "no_recording", trail[1].Outcome)
	require.Empty(t, trail[1].RecordingID)
	require.NoError(t, os.Remove(o.path(held)))
	_, err = o.get(GetQuery{ID: held.ID})
	require.ErrorContains(t, err, "cannot be opened")
	require.Equal(t, "storage_unavailable", o.store.Audited()[2].Outcome)
}

func TestGetOverwritesNothingUnasked(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	folder := t.TempDir()
	file := filepath.Join(folder, "call.wav")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	_, err := o.get(GetQuery{ID: r.ID, File: file})
	require.ErrorContains(t, err, "--force")
	require.Empty(t, o.store.Audited(), "nothing was handed out")
	_, err = o.get(GetQuery{ID: r.ID, File: file, Force: true})
	require.NoError(t, err)
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, o.sound(r), got)
	for _, odd := range []string{folder, "/dev/null"} {
		_, err = o.get(GetQuery{ID: r.ID, File: odd, Force: true})
		require.ErrorContains(t, err, "no ordinary file")
	}
	_, err = o.get(GetQuery{ID: r.ID, File: filepath.Join(folder, "nowhere", "call.wav")})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestGetLeavesNoDamagedFile(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	o.flip(r)
	folder := t.TempDir()
	_, err := o.get(GetQuery{ID: r.ID, File: filepath.Join(folder, "call.wav")})
	require.ErrorContains(t, err, "is not what was recorded")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, entries)
	require.ErrorContains(t, get(t.Context(), o.store, o.files, GetQuery{ID: r.ID, File: "-"}, o.console(false)), "is not what was recorded")
}

func TestSaveIsWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "call.wav")
	broken := errors.New("broken")
	require.ErrorIs(t, save(file, false, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	}), broken)
	require.ErrorContains(t, save(file, false, func(io.Writer) error {
		return os.WriteFile(file, []byte("another's"), 0o600)
	}), "--force")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "another's", string(text))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestInterruptedCopy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := proving{ctx, nil}.Read(nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestNoAudioOnATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	defer terminal.Close() //nolint:errcheck // nothing was written to it
	q := GetQuery{ID: "01k9z8x7w6v5t4s3r2q1p00001", File: "-"}
	usage(t, q.check(Console{Out: terminal}), "not written to a terminal")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer null.Close() //nolint:errcheck // it keeps nothing
	require.NoError(t, q.check(Console{Out: null}))
}
