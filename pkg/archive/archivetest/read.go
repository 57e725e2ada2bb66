package archivetest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func testSeek(t *testing.T, b bench) {
	whole := recordingtest.WAV(recording.FormatWAV, 10*time.Second)
	key := b.put(ID, 10*time.Second).Key
	f, err := b.Archive.Open(t.Context(), key)
	require.NoError(t, err)
	size, err := f.Seek(0, io.SeekEnd)
	require.NoError(t, err)
	require.EqualValues(t, len(whole), size)
	for _, from := range []int64{0, 70_000, 1, size - 1, 44} {
		at, err := f.Seek(from, io.SeekStart)
		require.NoError(t, err)
		require.Equal(t, from, at)
		part := make([]byte, min(1000, size-from))
		_, err = io.ReadFull(f, part)
		require.NoError(t, err)
		require.Equal(t, whole[from:from+int64(len(part))], part, from)
	}
	_, err = f.Seek(size, io.SeekStart)
	require.NoError(t, err)
	_, err = f.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	_, err = f.Seek(-2, io.SeekEnd)
	require.NoError(t, err)
	rest, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, whole[size-2:], rest)
	require.NoError(t, f.Close())
}

func testOpenContext(t *testing.T, b bench) {
	key := b.put(ID, time.Second).Key
	ctx, cancel := context.WithCancel(t.Context())
	f, err := b.Archive.Open(ctx, key)
	require.NoError(t, err)
	cancel()
	content, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, recordingtest.WAV(recording.FormatWAV, time.Second), content)
}

func testMissing(t *testing.T, b bench) {
	b.lacks(ID)
	b.put(other, time.Second)
	b.lacks(ID)
	_, err := b.Archive.MeasureKey(t.Context(), Key(ID))
	require.ErrorIs(t, err, recording.ErrNoAudioFile)
	_, err = b.Archive.Look(t.Context(), Key(ID))
	require.ErrorIs(t, err, recording.ErrNoAudioFile)
}

func testKeys(t *testing.T, b bench) {
	b.put(ID, time.Second)
	for _, key := range []string{"", ".", "..", "/" + Key(ID), "../" + Key(ID), "2026/../" + Key(other)} {
		_, err := b.Archive.Open(t.Context(), key)
		require.Error(t, err, key)
		_, err = b.Archive.MeasureKey(t.Context(), key)
		require.Error(t, err, key)
	}
}

func testNoAudio(t *testing.T, b bench) {
	b.Plant("2026/11/23/notes.wav", []byte("somebody's notes"))
	_, err := b.Archive.MeasureKey(t.Context(), "2026/11/23/notes.wav")
	require.ErrorIs(t, err, recording.ErrBadAudio)
	b.Plant("2026/11/23/silent.wav", recordingtest.WAV(recording.FormatWAV, 0))
	_, err = b.Archive.MeasureKey(t.Context(), "2026/11/23/silent.wav")
	require.ErrorIs(t, err, recording.ErrNoSamples)
}

func testWalk(t *testing.T, b bench) {
	want := []string{Key(other), Key(ID)}
	size := b.put(ID, time.Second).Size
	b.put(other, time.Second)
	b.Plant("2026/11/23/notes.txt", []byte("somebody's"))
	b.Plant("2026/11/23/.hidden.wav", []byte("somebody's"))
	var got []string
	require.NoError(t, b.Archive.Walk(t.Context(), func(key string, bytes int64) error {
		require.Equal(t, size, bytes)
		got = append(got, key)
		return nil
	}))
	require.Equal(t, want, got)
}

func testWalkEnd(t *testing.T, b bench) {
	b.put(ID, time.Second)
	b.put(other, time.Second)
	enough := errors.New("enough")
	visits := 0
	require.ErrorIs(t, b.Archive.Walk(t.Context(), func(string, int64) error { visits++; return enough }), enough)
	require.Equal(t, 1, visits)
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, b.Archive.Walk(ctx, func(string, int64) error { cancel(); return nil }), context.Canceled)
	require.Error(t, b.Archive.Walk(ended(t), func(string, int64) error { return nil }))
}

func testLeftovers(t *testing.T, b bench) {
	b.put(ID, time.Second)
	b.Plant("2026/11/23/.hidden.wav", []byte("x"))
	b.Plant("notes.txt", []byte("x"))
	found := map[string]string{}
	require.NoError(t, b.Archive.Leftovers(t.Context(), func(name, id string) error { found[name] = id; return nil }))
	require.Equal(t, map[string]string{"2026/11/23/.hidden.wav": "", "notes.txt": ""}, found)
	enough := errors.New("enough")
	require.ErrorIs(t, b.Archive.Leftovers(t.Context(), func(string, string) error { return enough }), enough)
	require.Error(t, b.Archive.Leftovers(ended(t), func(string, string) error { return nil }))
}

func testLook(t *testing.T, b bench) {
	b.put(ID, time.Second)
	b.Plant("notes.txt", []byte("x"))
	for _, name := range []string{Key(ID), "notes.txt"} {
		ordinary, err := b.Archive.Look(t.Context(), name)
		require.NoError(t, err)
		require.True(t, ordinary)
	}
}

func testSpace(t *testing.T, b bench) {
	space, err := b.Archive.Space(t.Context())
	require.NoError(t, err)
	require.Positive(t, space.Free)
	require.Greater(t, space.Total, space.Free)
}
