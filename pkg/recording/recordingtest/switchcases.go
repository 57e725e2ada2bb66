package recordingtest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

func testLife(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	require.True(t, b.live(t, track.Name))
	b.run(t, track, 300*time.Millisecond)
	require.True(t, b.stored(t, track.Name, recording.FormatWAV), "an unfinished file counts")
	require.Contains(t, b.names(t), track.Name, "and is listed")
	enough := errors.New("enough")
	require.ErrorIs(t, b.Switch.StoredNames(b.ctx, b.Node, func(string) error { return enough }), enough)

	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	length := time.Since(track.StartedAt)
	require.False(t, b.live(t, track.Name), "after End it is closed")
	b.await(t, recording.TrackEnded, track.Name)

	got := b.fetch(t, track.Name, recording.FormatWAV)
	require.Equal(t, uint32(8000), got.rate)
	require.InDelta(t, length.Seconds(), got.length.Seconds(), 0.15)

	require.Contains(t, b.names(t), track.Name)
	require.NoError(t, b.Switch.Discard(b.ctx, b.Node, track.Name))
	require.False(t, b.stored(t, track.Name, recording.FormatWAV))
	require.NotContains(t, b.names(t), track.Name)
	require.NoError(t, b.Switch.Discard(b.ctx, b.Node, track.Name), "a missing file is no error")
	_, _, err := b.Switch.Fetch(b.ctx, b.Node, track.Name, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrNoSuchStored)
}

func testWideband(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV16, 0)
	b.run(t, track, 100*time.Millisecond)
	require.True(t, b.stored(t, track.Name, recording.FormatWAV16))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	require.Equal(t, uint32(16000), b.fetch(t, track.Name, recording.FormatWAV16).rate)
}

func testLimit(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, time.Second)
	b.await(t, recording.TrackEnded, track.Name)
	require.False(t, b.live(t, track.Name))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name), "the snoop channel is still to be hung up")
	length := b.fetch(t, track.Name, recording.FormatWAV).length
	require.Greater(t, length, 900*time.Millisecond)
	require.Less(t, length, 2200*time.Millisecond, "Asterisk counts in whole seconds of the clock")
}

func testHangUp(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	b.run(t, track, 100*time.Millisecond)
	b.HangUp(track.UniqueID)
	b.await(t, recording.TrackEnded, track.Name)
	require.False(t, b.live(t, track.Name))
	require.True(t, b.stored(t, track.Name, recording.FormatWAV))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
}

// testSignals has no order of the two: Asterisk has none.
func testSignals(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	b.HangUp(track.UniqueID)
	want := map[recording.Kind]string{recording.TrackEnded: track.Name, recording.ChannelEnded: track.UniqueID}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for len(want) > 0 {
		select {
		case s := <-b.Signals:
			require.Equal(t, b.Node, s.Node)
			require.False(t, s.Kind == recording.ChannelEnded && s.Name == track.Name, "the snoop is no channel that ended")
			if want[s.Kind] == s.Name {
				delete(want, s.Kind)
			}
		case <-timer.C:
			require.Empty(t, want, "signals missing")
		}
	}
}

func testNoChannel(t *testing.T, b *bench) {
	for _, uniqueID := range []string{"1.999", "no/such channel?", "../x", "ä%2F"} {
		track, id := b.track(uniqueID)
		require.ErrorIs(t, b.Switch.Snoop(b.ctx, b.Node, track, id), recording.ErrChannelGone, uniqueID)
	}
	track := b.snoop(t)
	b.HangUp(track.UniqueID)
	b.await(t, recording.ChannelEnded, track.UniqueID)
	again, id := b.track(track.UniqueID)
	require.ErrorIs(t, b.Switch.Snoop(b.ctx, b.Node, again, id), recording.ErrChannelGone)
}

func testNoRecording(t *testing.T, b *bench) {
	track, _ := b.track("none")
	require.False(t, b.live(t, track.Name))
	require.False(t, b.stored(t, track.Name, recording.FormatWAV))
	_, _, err := b.Switch.Fetch(b.ctx, b.Node, track.Name, recording.FormatWAV)
	require.ErrorIs(t, err, recording.ErrNoSuchStored)
	require.NoError(t, b.Switch.Discard(b.ctx, b.Node, track.Name))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
}

func testEndTwice(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		both.Go(func() { errs[i] = b.Switch.End(b.ctx, b.Node, track.Name) })
	}
	both.Wait()
	require.NoError(t, errors.Join(errs...), "two at once")
	require.False(t, b.live(t, track.Name))
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name), "once more")

	idle := b.snoop(t)
	require.NoError(t, b.Switch.End(b.ctx, b.Node, idle.Name), "a snoop that never recorded")
}

func testUnknownFormat(t *testing.T, b *bench) {
	track := b.snoop(t)
	_, err := b.Switch.Record(b.ctx, b.Node, track.Name, "mp17", 0)
	require.ErrorIs(t, err, recording.ErrRefused)
	require.False(t, b.live(t, track.Name))
}

func testNameTaken(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	_, err := b.Switch.Record(b.ctx, b.Node, track.Name, recording.FormatWAV, 0)
	require.ErrorIs(t, err, recording.ErrRefused)
	require.True(t, b.live(t, track.Name), "the first goes on")
}

func testNoSnoop(t *testing.T, b *bench) {
	track, _ := b.track("none")
	_, err := b.Switch.Record(b.ctx, b.Node, track.Name, recording.FormatWAV, 0)
	require.ErrorIs(t, err, recording.ErrRefused)
}

func testReadOnly(t *testing.T, b *bench) {
	b.SetReadOnly(true)
	defer b.SetReadOnly(false)
	track := b.snoop(t)
	_, err := b.Switch.Record(b.ctx, b.Node, track.Name, recording.FormatWAV, 0)
	if err != nil { // the end may or may not have been heard by now
		require.ErrorIs(t, err, recording.ErrEndedAtOnce)
	}
	b.await(t, recording.TrackEnded, track.Name)
	require.False(t, b.live(t, track.Name))
	require.False(t, b.stored(t, track.Name, recording.FormatWAV), "there is no file")
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
}

func testLinkedID(t *testing.T, b *bench) {
	uniqueID := b.Dial()
	linkedID, err := b.Switch.LinkedID(b.ctx, b.Node, uniqueID)
	require.NoError(t, err)
	require.NotEmpty(t, linkedID)
	_, err = b.Switch.LinkedID(b.ctx, b.Node, "1.999")
	require.ErrorIs(t, err, recording.ErrChannelGone)
}

func testHeardUntil(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
	b.await(t, recording.TrackEnded, track.Name)
	require.WithinDuration(t, time.Now(), b.Switch.HeardUntil(b.Node), time.Second)
	require.WithinDuration(t, time.Now(), b.Switch.HeardUntil("no such node"), time.Second, "there are none to be missed")
}

func testDown(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	other, id := b.track(track.UniqueID)
	b.SetDown(true)
	for name, err := range b.everything(b.ctx, b.Node, track, other, id) {
		if b.SharedSpool && (name == "Stored" || name == "Fetch") {
			continue // files can be had without Asterisk
		}
		require.ErrorIs(t, err, recording.ErrSwitchDown, name)
	}
	b.SetDown(false)
	require.True(t, b.live(t, track.Name), "it was recorded all the while")
	require.NoError(t, b.Switch.End(b.ctx, b.Node, track.Name))
}

func testContext(t *testing.T, b *bench) {
	track := b.start(t, recording.FormatWAV, 0)
	other, id := b.track(track.UniqueID)
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	for name, err := range b.everything(ctx, b.Node, track, other, id) {
		require.ErrorIs(t, err, recording.ErrSwitchDown, name)
		require.ErrorIs(t, err, context.Canceled, name)
	}
	require.True(t, b.live(t, track.Name), "nothing was done")
}

func testUnknownNode(t *testing.T, b *bench) {
	track, id := b.track("1.1")
	for name, err := range b.everything(b.ctx, "no such node", track, track, id) {
		require.ErrorIs(t, err, recording.ErrSwitchDown, name)
	}
}

// everything calls every method and returns the errors by name.
func (b *bench) everything(ctx context.Context, node string, known, unknown recording.Track, id string) map[string]error {
	errs := map[string]error{
		"Snoop":   b.Switch.Snoop(ctx, node, unknown, id),
		"Pause":   b.Switch.Pause(ctx, node, known.Name),
		"Resume":  b.Switch.Resume(ctx, node, known.Name),
		"End":     b.Switch.End(ctx, node, known.Name),
		"Discard": b.Switch.Discard(ctx, node, unknown.Name),
	}
	_, errs["Record"] = b.Switch.Record(ctx, node, unknown.Name, recording.FormatWAV, 0)
	_, errs["Live"] = b.Switch.Live(ctx, node, known.Name)
	_, errs["Stored"] = b.Switch.Stored(ctx, node, known.Name, recording.FormatWAV)
	_, _, errs["Fetch"] = b.Switch.Fetch(ctx, node, unknown.Name, recording.FormatWAV) // no body to be closed
	_, errs["LinkedID"] = b.Switch.LinkedID(ctx, node, known.UniqueID)
	return errs
}

func testParallel(t *testing.T, b *bench) {
	uniqueID := b.Dial()
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			track, id := b.track(uniqueID)
			if errs[i] = b.Switch.Snoop(b.ctx, b.Node, track, id); errs[i] != nil {
				return
			}
			if _, errs[i] = b.Switch.Record(b.ctx, b.Node, track.Name, recording.FormatWAV, 0); errs[i] != nil {
				return
			}
			errs[i] = b.Switch.End(b.ctx, b.Node, track.Name)
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
}

func testTwoSnoops(t *testing.T, b *bench) {
	first := b.start(t, recording.FormatWAV, 0)
	second, id := b.track(first.UniqueID)
	second.Direction = "in"
	require.NoError(t, b.Switch.Snoop(b.ctx, b.Node, second, id))
	_, err := b.Switch.Record(b.ctx, b.Node, second.Name, recording.FormatWAV, 0)
	require.NoError(t, err)
	require.NoError(t, b.Switch.End(b.ctx, b.Node, first.Name))
	require.True(t, b.live(t, second.Name), "each has its own end")
}

// fetched is what the bytes of a file say.
type fetched struct {
	rate   uint32 // in Hz
	length time.Duration
}

// fetch reads the whole file and measures it.
func (b *bench) fetch(t *testing.T, name string, f recording.Format) fetched {
	body, size, err := b.Switch.Fetch(b.ctx, b.Node, name, f)
	require.NoError(t, err)
	content, err := io.ReadAll(body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.EqualValues(t, len(content), size)
	require.Greater(t, len(content), HeaderSize)
	require.Equal(t, "RIFF", string(content[:4]))
	require.Equal(t, "WAVE", string(content[8:12]))
	rate := binary.LittleEndian.Uint32(content[24:28])
	count := (len(content) - HeaderSize) / 2
	return fetched{rate, time.Duration(count) * time.Second / time.Duration(rate)}
}
