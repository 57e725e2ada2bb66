package asterisk_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

const file = "lab-01k9zzzzzzzzzzzzzzzzzzzzzz"

func TestFetchGivesTheBytes(t *testing.T) {
	b := newBed(t, nil)
	content := recordingtest.WAV(recording.FormatWAV, 3*time.Second)
	b.server.SetFile(file, recording.FormatWAV, content)
	body, size, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.NoError(t, err)
	require.EqualValues(t, len(content), size)
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.NoError(t, body.Close())
	require.NoError(t, body.Close(), "twice is no error")
}

func TestFetchOfAShortBody(t *testing.T) {
	b := newBed(t, nil)
	b.server.SetFile(file, recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
	b.server.Inject(asterisktest.Fault{Path: "/file", Short: true})
	body, size, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.NoError(t, err)
	got, err := io.ReadAll(body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, int64(len(got)), size)
	require.NoError(t, body.Close())
}

func TestFetchThatStandsStill(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { o.Timeouts.Progress = 300 * time.Millisecond })
	b.server.SetFile(file, recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
	b.server.Inject(asterisktest.Fault{Path: "/file", Stall: true})
	body, _, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.NoError(t, err)
	_, err = io.ReadAll(body)
	require.ErrorContains(t, err, "no progress for 300ms")
	require.NoError(t, body.Close())

	hung := make(chan struct{})
	defer close(hung)
	b.server.Inject(asterisktest.Fault{Path: "/file", Until: hung})
	_, _, err = b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorContains(t, err, "no progress")
}

// A reader that takes its time does not stand still: only Asterisk may.
func TestFetchBySlowReader(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { o.Timeouts.Progress = time.Second })
	content := recordingtest.WAV(recording.FormatWAV, time.Second)
	b.server.SetFile(file, recording.FormatWAV, content)
	body, _, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.NoError(t, err)
	half := make([]byte, len(content)/2)
	_, err = io.ReadFull(body, half)
	require.NoError(t, err)
	<-time.After(1100 * time.Millisecond)
	rest, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, content, append(half, rest...))
	require.NoError(t, body.Close())
}

func TestFetchEndsWithItsContext(t *testing.T) {
	b := newBed(t, nil)
	b.server.SetFile(file, recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
	b.server.Inject(asterisktest.Fault{Path: "/file", Stall: true})
	ctx, cancel := context.WithCancel(t.Context())
	body, _, err := b.Fetch(ctx, node, file, recording.FormatWAV)
	require.NoError(t, err)
	cancel()
	_, err = io.ReadAll(body)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, body.Close())
}

func TestFourDownloadsAtOnce(t *testing.T) {
	b := newBed(t, nil)
	b.server.SetFile(file, recording.FormatWAV, recordingtest.WAV(recording.FormatWAV, time.Second))
	var bodies []io.Closer
	for range 4 {
		body, _, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
		require.NoError(t, err)
		bodies = append(bodies, body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _, err := b.Fetch(ctx, node, file, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, b.asked("/file"), 4)

	require.NoError(t, bodies[0].Close())
	body, _, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.NoError(t, err, "one is done, the next may begin")
	for _, open := range append(bodies, body) {
		require.NoError(t, open.Close())
	}
}

// Failed downloads give their place back.
func TestFetchRefused(t *testing.T) {
	b := newBed(t, nil)
	for range 10 {
		b.server.Inject(asterisktest.Fault{Path: "/file", Status: 500, Message: "Internal error"})
		_, _, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
		require.ErrorIs(t, err, recording.ErrSwitchDown)
		require.ErrorContains(t, err, "500 Internal Server Error: Internal error")
		_, _, err = b.Fetch(t.Context(), node, file, recording.FormatWAV)
		require.ErrorIs(t, err, recording.ErrNoSuchStored)
	}
	b.server.Inject(asterisktest.Fault{Path: "/file", Times: -1, Break: true})
	for range 5 {
		_, _, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
		require.ErrorIs(t, err, recording.ErrSwitchDown)
	}
}

func TestStoredAndDiscardFail(t *testing.T) {
	b := newBed(t, nil)
	b.server.Inject(asterisktest.Fault{Path: "/stored/", Times: 2, Status: 500, Message: "Internal error"})
	_, err := b.Stored(t.Context(), node, file, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorIs(t, b.Discard(t.Context(), node, file), recording.ErrSwitchDown)
}

// A path that is not there says nothing of a recording: it must not be given up.
func TestNoPathIsNoMissingRecording(t *testing.T) {
	for _, words := range []string{"Resource not found", ""} { // a module is missing; ARI is off
		b := newBed(t, nil)
		b.server.Inject(asterisktest.Fault{Path: "/recordings/", Times: -1, Status: 404, Message: words})
		_, err := b.Stored(t.Context(), node, file, recording.FormatWAV)
		require.ErrorIs(t, err, recording.ErrSwitchDown)
		_, _, err = b.Fetch(t.Context(), node, file, recording.FormatWAV)
		require.ErrorIs(t, err, recording.ErrSwitchDown)
		require.NotErrorIs(t, err, recording.ErrNoSuchStored)
		require.ErrorIs(t, b.Discard(t.Context(), node, file), recording.ErrSwitchDown)
		_, err = b.Live(t.Context(), node, file)
		require.ErrorIs(t, err, recording.ErrSwitchDown)
	}
}

func TestSharedSpool(t *testing.T) {
	folder := t.TempDir()
	spool := filepath.Join(folder, "recording")
	require.NoError(t, os.Mkdir(spool, 0o755))
	content := recordingtest.WAV(recording.FormatWAV, time.Second)
	require.NoError(t, os.WriteFile(filepath.Join(spool, file+".wav"), content, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "secret.wav"), content, 0o600))
	require.NoError(t, os.Symlink("../secret.wav", filepath.Join(spool, "link.wav")))
	b := newBed(t, func(o *asterisk.Options) { o.Nodes[0].SpoolDir = spool })

	body, size, err := b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.NoError(t, err)
	require.EqualValues(t, len(content), size)
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, content, got)
	require.NoError(t, body.Close())

	for name, want := range map[string]bool{file: true, "unknown": false} {
		stored, err := b.Stored(t.Context(), node, name, recording.FormatWAV)
		require.NoError(t, err)
		require.Equal(t, want, stored)
	}
	_, _, err = b.Fetch(t.Context(), node, file, recording.FormatWAV16)
	require.ErrorIs(t, err, recording.ErrNoSuchStored, "the format is part of the name")
	for _, outside := range []string{"../secret", "link", "/etc/passwd"} {
		_, err = b.Stored(t.Context(), node, outside, recording.FormatWAV)
		require.Error(t, err, outside)
		_, _, err = b.Fetch(t.Context(), node, outside, recording.FormatWAV)
		require.Error(t, err, outside)
		require.NotErrorIs(t, err, recording.ErrNoSuchStored, outside)
	}
	require.Empty(t, b.asked("/recordings/"), "nothing of this asks Asterisk")
}

// A folder that is not mounted is no missing file: recordings must not fail for lack of audio.
func TestSharedSpoolThatIsNotThere(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { o.Nodes[0].SpoolDir = filepath.Join(t.TempDir(), "not mounted") })
	_, err := b.Stored(t.Context(), node, file, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	_, _, err = b.Fetch(t.Context(), node, file, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
}
