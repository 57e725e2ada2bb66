package archive_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/archive/archivetest"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func open(t testing.TB) (*archive.Folder, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "recordings")
	a, err := archive.Open(folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a, folder
}

func row() *recording.Recording {
	return &recording.Recording{ID: "01k9zzzzzzzzzzzzzzzzzzzzzz", CreatedAt: time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)}
}

// files lists all files below the folder.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, relErr := filepath.Rel(folder, path)
			names = append(names, name)
			return relErr
		}
		return err
	}))
	return names
}

func TestWhatAKilledPutLeftIsRemovedByTheNext(t *testing.T) {
	a, folder := open(t)
	day := filepath.Join(folder, "2026/11/23")
	require.NoError(t, os.MkdirAll(day, 0o750))
	mine, later, others := "."+row().ID+"-1.part", "."+row().ID+"-3.part", ".01k9yyyyyyyyyyyyyyyyyyyyyy-1.part"
	for _, name := range []string{mine, later, others} { // the third attempt is another instance's
		require.NoError(t, os.WriteFile(filepath.Join(day, name), []byte("half"), 0o600))
	}
	file := recordingtest.WAV(recording.FormatWAV, time.Second)
	_, err := a.Put(t.Context(), row(), bytes.NewReader(file), -1)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"2026/11/23/" + others, "2026/11/23/" + row().ID + ".wav"}, files(t, folder))
}

func TestNothingOutsideTheFolderIsReached(t *testing.T) {
	a, folder := open(t)
	secret := filepath.Join(filepath.Dir(folder), "secret.wav")
	require.NoError(t, os.WriteFile(secret, recordingtest.WAV(recording.FormatWAV, time.Second), 0o600))
	require.NoError(t, os.Symlink(secret, filepath.Join(folder, "link.wav")))
	require.NoError(t, os.Symlink(filepath.Dir(folder), filepath.Join(folder, "2026")))
	for _, key := range []string{"../secret.wav", secret, "link.wav", "2026/secret.wav", "", "."} {
		_, err := a.Open(t.Context(), key)
		require.Error(t, err, key)
	}
	_, err := a.Put(t.Context(), row(), bytes.NewReader(recordingtest.WAV(recording.FormatWAV, time.Second)), -1)
	require.Error(t, err, "a link leads out of the folder")
}

// A pipe lets whoever opens it wait until somebody writes to it.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	a, folder := open(t)
	pipe := "2026/11/23/" + row().ID + ".wav"
	require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(pipe)), 0o750))
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder, pipe), 0o600))
	_, opening := a.Open(t.Context(), pipe)
	_, measuring := a.MeasureKey(t.Context(), pipe)
	_, again := a.Measure(t.Context(), row())
	_, opened := a.Open(t.Context(), filepath.Dir(pipe))
	for _, err := range []error{opening, measuring, again, opened} {
		require.ErrorIs(t, err, recording.ErrBadAudio)
	}
	ordinary, err := a.Look(t.Context(), pipe)
	require.NoError(t, err)
	require.False(t, ordinary)
	_, err = a.Look(t.Context(), "none")
	require.ErrorIs(t, err, recording.ErrNoAudioFile)
	require.NoError(t, a.Delete(t.Context(), row()))
	require.Empty(t, files(t, folder))
}

func BenchmarkPutTenMinutes(b *testing.B) {
	a, err := archive.Open(b.TempDir())
	require.NoError(b, err)
	file := recordingtest.WAV(recording.FormatWAV, 10*time.Minute)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := a.Put(b.Context(), row(), bytes.NewReader(file), int64(len(file))); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, a.Close())
}

func TestFolder(t *testing.T) {
	archivetest.Suite(t, func(t *testing.T) archivetest.Bench {
		a, folder := open(t)
		return archivetest.Bench{
			Archive: a,
			Plant: func(name string, content []byte) {
				path := filepath.Join(folder, name)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
				require.NoError(t, os.WriteFile(path, content, 0o600))
			},
			Stored: func() []string { return files(t, folder) },
		}
	})
}
