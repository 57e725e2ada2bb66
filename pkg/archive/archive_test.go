package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func open(t *testing.T) (*archive.Archive, string) {
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

func TestPutMeasuresWhatItStored(t *testing.T) {
	a, folder := open(t)
	file := recordingtest.WAV(recording.FormatWAV, 1500*time.Millisecond)
	audio, err := a.Put(t.Context(), row(), bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	sum := sha256.Sum256(file)
	require.Equal(t, &recording.Audio{
		Key: "2026/11/23/01k9zzzzzzzzzzzzzzzzzzzzzz.wav", Duration: 1500 * time.Millisecond, Size: int64(len(file)),
		SHA256: hex.EncodeToString(sum[:]), Channels: 1, SampleRate: 8000,
	}, audio)
	require.Equal(t, []string{audio.Key}, files(t, folder))
	again, err := a.Measure(t.Context(), row())
	require.NoError(t, err)
	require.Equal(t, audio, again)
	f, err := a.Open(t.Context(), audio.Key)
	require.NoError(t, err)
	stored, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, file, stored)
}

func TestPutRepairsAHeaderThatWasNeverClosed(t *testing.T) {
	a, folder := open(t)
	whole := recordingtest.WAV(recording.FormatWAV16, time.Second)
	audio, err := a.Put(t.Context(), row(), bytes.NewReader(recordingtest.OpenWAV(recording.FormatWAV16, time.Second)), -1)
	require.NoError(t, err)
	require.Equal(t, time.Second, audio.Duration)
	require.Equal(t, 16000, audio.SampleRate)
	stored, err := os.ReadFile(filepath.Join(folder, audio.Key))
	require.NoError(t, err)
	require.Equal(t, whole, stored)
}

func TestPutAgainReplaces(t *testing.T) {
	a, folder := open(t)
	for _, length := range []time.Duration{time.Second, 2 * time.Second} {
		file := recordingtest.WAV(recording.FormatWAV, length)
		audio, err := a.Put(t.Context(), row(), bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		require.Equal(t, length, audio.Duration)
	}
	require.Len(t, files(t, folder), 1)
}

func TestAPutThatFailsLeavesNothing(t *testing.T) {
	whole := recordingtest.WAV(recording.FormatWAV, time.Second)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		ctx  context.Context
		src  io.Reader
		size int64
		want error
	}{
		"cut short":    {context.Background(), bytes.NewReader(whole[:100]), int64(len(whole)), io.ErrUnexpectedEOF},
		"too long":     {context.Background(), bytes.NewReader(whole), 100, io.ErrUnexpectedEOF},
		"broken off":   {context.Background(), io.MultiReader(bytes.NewReader(whole[:100]), iotest.ErrReader(boom)), -1, boom},
		"canceled":     {canceled, bytes.NewReader(whole), -1, context.Canceled},
		"no WAV":       {context.Background(), strings.NewReader("<html>not found</html>"), -1, recording.ErrBadAudio},
		"empty":        {context.Background(), strings.NewReader(""), 0, recording.ErrBadAudio},
		"header alone": {context.Background(), bytes.NewReader(whole[:20]), 20, recording.ErrBadAudio},
	} {
		t.Run(name, func(t *testing.T) {
			a, folder := open(t)
			_, err := a.Put(c.ctx, row(), c.src, c.size)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, files(t, folder))
			_, err = a.Measure(t.Context(), row())
			require.ErrorIs(t, err, recording.ErrNoAudioFile)
		})
	}
}

func TestAPutThatFailsLeavesTheEarlierFileAlone(t *testing.T) {
	a, _ := open(t)
	file := recordingtest.WAV(recording.FormatWAV, time.Second)
	first, err := a.Put(t.Context(), row(), bytes.NewReader(file), -1)
	require.NoError(t, err)
	_, err = a.Put(t.Context(), row(), strings.NewReader("nonsense"), -1)
	require.ErrorIs(t, err, recording.ErrBadAudio)
	again, err := a.Measure(t.Context(), row())
	require.NoError(t, err)
	require.Equal(t, first, again)
}

func TestWhatAKilledPutLeftIsRemovedByTheNext(t *testing.T) {
	a, folder := open(t)
	day := filepath.Join(folder, "2026/11/23")
	require.NoError(t, os.MkdirAll(day, 0o750))
	mine, others := "."+row().ID+"-abc.part", ".01k9yyyyyyyyyyyyyyyyyyyyyy-abc.part"
	for _, name := range []string{mine, others} {
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
	info, err := a.Lstat(pipe)
	require.NoError(t, err)
	require.Equal(t, fs.ModeNamedPipe, info.Mode().Type())
	_, err = a.Lstat("none")
	require.ErrorIs(t, err, recording.ErrNoAudioFile)
	require.NoError(t, a.Delete(t.Context(), row()))
	require.Empty(t, files(t, folder))
}

func TestSpace(t *testing.T) {
	a, _ := open(t)
	space, err := a.Space()
	require.NoError(t, err)
	require.Positive(t, space.Free)
	require.Greater(t, space.Total, space.Free)
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
