package archive_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// put stores a second of audio under the id.
func put(t *testing.T, a *archive.Folder, id string) *recording.Audio {
	t.Helper()
	r := row()
	r.ID = id
	audio, err := a.Put(t.Context(), r, bytes.NewReader(recordingtest.WAV(recording.FormatWAV, time.Second)), -1)
	require.NoError(t, err)
	return audio
}

func TestDeleteIsForGood(t *testing.T) {
	a, folder := open(t)
	audio, other := put(t, a, row().ID), put(t, a, "01k9yyyyyyyyyyyyyyyyyyyyyy")
	draft := filepath.Join(folder, "2026/11/23", "."+row().ID+"-abc.part")
	require.NoError(t, os.WriteFile(draft, []byte("half of it"), 0o600))
	require.NoError(t, a.Delete(t.Context(), row())) // whatever the row knows
	require.Equal(t, []string{other.Key}, files(t, folder), "drafts are audio, too")
	_, err := a.Open(t.Context(), audio.Key)
	require.ErrorIs(t, err, recording.ErrNoAudioFile)
	_, err = a.Measure(t.Context(), row())
	require.ErrorIs(t, err, recording.ErrNoAudioFile)
	require.NoError(t, a.Delete(t.Context(), row()), "twice")
	require.NoError(t, a.Delete(t.Context(), &recording.Recording{ID: row().ID}), "a day without a folder")
	elsewhere := &recording.Recording{ID: row().ID, Audio: other}
	require.NoError(t, a.Delete(t.Context(), elsewhere), "the row says where it is")
	require.Empty(t, files(t, folder))
}

// Who is listening goes on hearing what was opened before.
func TestDeleteLeavesAnOpenFileReadable(t *testing.T) {
	a, _ := open(t)
	audio := put(t, a, row().ID)
	f, err := a.Open(t.Context(), audio.Key)
	require.NoError(t, err)
	require.NoError(t, a.Delete(t.Context(), row()))
	content, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Len(t, content, int(audio.Size))
}

func TestDeleteRemovesNothingElse(t *testing.T) {
	a, folder := open(t)
	audio := put(t, a, row().ID)
	outside := filepath.Join(filepath.Dir(folder), "secret.wav")
	require.NoError(t, os.WriteFile(outside, []byte("x"), 0o600))
	require.NoError(t, os.Symlink(filepath.Dir(folder), filepath.Join(folder, "way-out")))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "2026/11/24"), 0o750))
	for _, key := range []string{".", "..", "2026/11/24", "2026/11/23/", ".wav", "../secret.wav", outside, "way-out/secret.wav"} {
		require.Error(t, a.Delete(t.Context(), &recording.Recording{ID: "x", Audio: &recording.Audio{Key: key}}), key)
	}
	require.Error(t, a.Delete(t.Context(), &recording.Recording{}))
	require.FileExists(t, outside)
	require.DirExists(t, filepath.Join(folder, "2026/11/24"))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, a.Delete(canceled, row()), context.Canceled)
	require.FileExists(t, filepath.Join(folder, audio.Key))
}

func TestWalk(t *testing.T) {
	a, folder := open(t)
	want := map[string]int64{}
	for _, id := range []string{"01k9zzzzzzzzzzzzzzzzzzzzzz", "01k9yyyyyyyyyyyyyyyyyyyyyy"} {
		audio := put(t, a, id)
		want[audio.Key] = audio.Size
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "2026/11/23/.01k9-abc.part"), []byte("draft"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "2026/11/23/notes.txt"), []byte("somebody's"), 0o600))
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(folder, "link.wav")))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "folder.wav"), 0o750))
	got := map[string]int64{}
	require.NoError(t, a.Walk(t.Context(), func(key string, size int64) error { got[key] = size; return nil }))
	require.Equal(t, want, got)
	for key := range want {
		audio, err := a.MeasureKey(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, time.Second, audio.Duration)
		require.Equal(t, key, audio.Key)
	}
	_, err := a.MeasureKey(t.Context(), "2026/11/23/notes.txt")
	require.ErrorIs(t, err, recording.ErrBadAudio)
}
