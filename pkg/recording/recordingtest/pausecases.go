package recordingtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// pauses are how long the parts of the recordings here are: said, left out, said again.
const pauses = 500 * time.Millisecond

// pause lets the recording run for a while and pauses it.
func (b *bench) pause(t *testing.T, track recording.Track) {
	b.run(t, track, pauses)
	require.NoError(t, b.Switch.Pause(b.ctx, b.Node, track.Name))
	require.Equal(t, recording.LivePaused, b.liveState(t, track.Name))
}

// holds insists on the length of what the file holds; Asterisk counts pauses in steps of 20 ms.
func (b *bench) holds(t *testing.T, track recording.Track, want time.Duration) {
	got := b.fetch(t, track.Name, recording.FormatWAV)
	require.InDelta(t, want.Seconds(), got.length.Seconds(), 0.15)
}

func testPause(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	require.Equal(t, recording.LiveRecording, b.liveState(t, track.Name))
	b.pause(t, track)
	paused := time.Now()
	require.NoError(t, b.Switch.Pause(b.ctx, b.Node, track.Name), "twice")
	b.run(t, track, 2*pauses)

	require.NoError(t, b.Switch.Resume(b.ctx, b.Node, track.Name))
	left := time.Since(paused)
	require.Equal(t, recording.LiveRecording, b.liveState(t, track.Name))
	require.NoError(t, b.Switch.Resume(b.ctx, b.Node, track.Name), "twice")
	b.run(t, track, 3*pauses)

	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	whole := time.Since(track.StartedAt)
	b.await(t, recording.TrackEnded, track.Name)
	b.holds(t, track, whole-left)
}

func testPausedEnd(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	b.pause(t, track)
	said := time.Since(track.StartedAt)
	b.run(t, track, 2*pauses)
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	require.Equal(t, recording.LiveGone, b.liveState(t, track.Name))
	b.await(t, recording.TrackEnded, track.Name)
	b.holds(t, track, said)
	require.ErrorIs(t, b.Switch.Resume(b.ctx, b.Node, track.Name), recording.ErrNotRecording)
}

func testPausedHangUp(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	b.pause(t, track)
	said := time.Since(track.StartedAt)
	b.HangUp(track.UniqueID)
	b.await(t, recording.TrackEnded, track.Name)
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	b.holds(t, track, said)
	require.ErrorIs(t, b.Switch.Pause(b.ctx, b.Node, track.Name), recording.ErrNotRecording)
}

func testPauseOfNothing(t *testing.T, b *bench) {
	track := b.snoop(t)
	for range 2 { // on a snoop channel that does not record, and then on none
		require.ErrorIs(t, b.Switch.Pause(b.ctx, b.Node, track.Name), recording.ErrNotRecording)
		require.ErrorIs(t, b.Switch.Resume(b.ctx, b.Node, track.Name), recording.ErrNotRecording)
		require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	}
}
