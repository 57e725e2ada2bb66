package recording_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// disk is how many bytes are free.
type disk struct{ free atomic.Uint64 }

func (d *disk) of(string) (uint64, error) { return d.free.Load(), nil }

func TestNoStartWithoutRoom(t *testing.T) {
	var d disk
	d.free.Store(300)
	r := assemble(t, func(o *recording.Options) { o.MinFree, o.Room = 200, d.of })
	r.call("1.1", "410")
	r.call("1.2", "411")
	runs := r.started("410", "22")
	d.free.Store(199)
	require.True(t, r.Cramped())
	_, _, err := r.start("411", "23")
	require.Equal(t, time.Minute, failure(t, err, recording.CodeStorageFull).RetryAfter)
	require.Len(t, r.phones.Snoops(node), 1, "nothing is left behind")
	again, created, err := r.start("410", "22")
	require.NoError(t, err, "what runs already needs no place")
	require.False(t, created)
	require.Equal(t, runs.ID, again.ID)
	r.restart("two")
	again, created, err = r.start("410", "22")
	require.NoError(t, err, "nor where another process has begun it")
	require.False(t, created)
	require.Equal(t, runs.ID, again.ID)
	r.stopped("410")
	r.becomes(runs.ID, recording.Available)
	d.free.Store(200)
	require.False(t, r.Cramped())
	r.started("411", "23")
}

// A disk that does not answer refuses nothing: audio waits in Asterisk until it is back.
func TestADiskThatDoesNotAnswer(t *testing.T) {
	leave := make(chan struct{})
	defer close(leave)
	hangs := func(string) (uint64, error) {
		<-leave
		return 0, nil
	}
	fails := func(string) (uint64, error) { return 0, errors.New("stale file handle") }
	for name, room := range map[string]func(string) (uint64, error){"hangs": hangs, "fails": fails} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, func(o *recording.Options) { o.MinFree, o.Room = 200, room })
			r.call("1.1", "410")
			r.started("410", "22")
			require.False(t, r.Cramped())
		})
	}
}
