package recordingtest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// testTracks makes the tracks of one recording as a start does: the first, and then the others all at once, on two channels
// and in both directions.
func testTracks(t *testing.T, b *bench) {
	own, other := b.Dial(), b.Dial()
	first, id := b.track(own)
	first.Direction = recording.DirectionIn
	require.NoError(t, b.Switch.Snoop(b.ctx, b.Node, first, id))
	tracks := []recording.Track{first}
	for i, at := range []string{other, own} {
		tracks = append(tracks, recording.Track{
			Number: i + 1, UniqueID: at, Direction: []recording.Direction{recording.DirectionIn, recording.DirectionOut}[i],
			Name: recording.TrackName(b.Application, id, i+1),
		})
	}
	errs := make([]error, len(tracks))
	starts := make([]time.Time, len(tracks))
	var all sync.WaitGroup
	for i, track := range tracks {
		all.Go(func() {
			if i > 0 {
				errs[i] = b.Switch.Snoop(b.ctx, b.Node, track, id)
			}
			if errs[i] == nil {
				starts[i], errs[i] = b.Switch.Record(b.ctx, b.Node, track.Name, recording.FormatWAV, 0)
			}
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	tracks[0].StartedAt = starts[0]
	b.run(t, tracks[0], 300*time.Millisecond)

	b.HangUp(other)
	b.await(t, recording.TrackEnded, tracks[1].Name)
	require.False(t, b.live(t, tracks[1].Name))
	require.True(t, b.live(t, tracks[0].Name), "each lives as long as its own channel")
	require.True(t, b.live(t, tracks[2].Name))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, tracks[2].Name))
	require.True(t, b.live(t, tracks[0].Name))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, tracks[0].Name))
	for _, track := range tracks {
		require.Greater(t, b.fetch(t, track.Name, recording.FormatWAV).length, 200*time.Millisecond)
	}
}
