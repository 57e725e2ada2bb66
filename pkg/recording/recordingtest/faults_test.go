package recordingtest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

const node = "default"

var errInjected = errors.New("injected")

// newSwitch makes a switch with a channel, and collects its signals.
func newSwitch(t *testing.T) (*recordingtest.Switch, *[]recording.Signal) {
	var signals []recording.Signal
	s := recordingtest.NewSwitch(t, func(signal recording.Signal) { signals = append(signals, signal) }, node, "branch")
	s.AddChannel(node, "1.1", "1.0")
	return s, &signals
}

func track(name string) recording.Track {
	return recording.Track{UniqueID: "1.1", Direction: recording.DirectionBoth, Name: name}
}

func TestInjectedErrors(t *testing.T) {
	s, _ := newSwitch(t)
	ctx := t.Context()
	s.Inject(recordingtest.Fault{Method: recordingtest.MethodSnoop, Name: "b", Err: errInjected})
	s.Inject(recordingtest.Fault{Method: recordingtest.MethodSnoop, Times: 2, Err: recording.ErrNoStasis, Works: true})
	require.ErrorIs(t, s.Snoop(ctx, node, track("a"), "id"), recording.ErrNoStasis)
	require.ErrorIs(t, s.Snoop(ctx, node, track("b"), "id"), errInjected)
	require.Equal(t, []string{"a"}, s.Snoops(node), "one has worked all the same")
	require.ErrorIs(t, s.Snoop(ctx, node, track("b"), "id"), recording.ErrNoStasis)
	require.NoError(t, s.Snoop(ctx, node, track("c"), "id"), "the faults are used up")

	s.Inject(recordingtest.Fault{Method: recordingtest.MethodLive, Times: -1, Err: recording.ErrSwitchDown})
	for range 3 {
		_, err := s.Live(ctx, node, "a")
		require.ErrorIs(t, err, recording.ErrSwitchDown)
	}
	require.Equal(t, recordingtest.Call{Method: recordingtest.MethodSnoop, Node: node, Name: "a"}, s.Calls()[0])
	require.Len(t, s.Calls(), 7)
}

func TestACallIsHeldUp(t *testing.T) {
	s, _ := newSwitch(t)
	begun, gate := make(chan struct{}, 1), make(chan struct{})
	s.Inject(recordingtest.Fault{Method: recordingtest.MethodSnoop, Times: 2, Begun: begun, Until: gate})
	done := make(chan error)
	go func() { done <- s.Snoop(context.Background(), node, track("a"), "id") }()
	<-begun
	require.Empty(t, s.Snoops(node), "it waits")
	close(gate)
	require.NoError(t, <-done)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Snoop(ctx, node, track("b"), "id")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
}

func TestSignalsOfAHangUp(t *testing.T) {
	s, signals := newSwitch(t)
	ctx := t.Context()
	require.NoError(t, s.Snoop(ctx, node, track("a"), "id"))
	_, err := s.Record(ctx, node, "a", recording.FormatWAV, time.Hour)
	require.NoError(t, err)
	s.HangUp(node, "1.1")
	s.Resync(node)
	var got []recording.Kind
	for _, signal := range *signals {
		got = append(got, signal.Kind)
	}
	require.Equal(t, []recording.Kind{recording.TrackEnded, recording.TrackEnded, recording.ChannelEnded, recording.Resynced}, got)
	require.Empty(t, s.Snoops(node))
	require.Equal(t, []string{"a"}, s.Files(node))
}

func TestCrash(t *testing.T) {
	s, signals := newSwitch(t)
	ctx := t.Context()
	require.NoError(t, s.Snoop(ctx, node, track("a"), "id"))
	started, err := s.Record(ctx, node, "a", recording.FormatWAV, time.Hour)
	require.NoError(t, err)
	<-time.After(time.Until(started.Add(50 * time.Millisecond)))
	s.Crash(node)
	live, err := s.Live(ctx, node, "a")
	require.NoError(t, err)
	require.Equal(t, recording.LiveGone, live)
	require.ErrorIs(t, s.Snoop(ctx, node, track("b"), "id"), recording.ErrChannelGone)
	require.Empty(t, *signals)

	body, size, err := s.Fetch(ctx, node, "a", recording.FormatWAV)
	require.NoError(t, err)
	content, err := io.ReadAll(body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.EqualValues(t, size, len(content))
	require.GreaterOrEqual(t, len(content), recordingtest.HeaderSize+2*400, "the samples are there")
	require.Zero(t, binary.LittleEndian.Uint32(content[4:]), "the sizes are not")
	require.Zero(t, binary.LittleEndian.Uint32(content[40:]))
}

func TestDownIsOfOneNode(t *testing.T) {
	s, _ := newSwitch(t)
	s.SetDown("branch", true)
	_, err := s.Live(t.Context(), "branch", "a")
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	_, err = s.Live(t.Context(), node, "a")
	require.NoError(t, err)
}

func TestFiles(t *testing.T) {
	s, _ := newSwitch(t)
	for _, f := range []recording.Format{recording.FormatWAV, recording.FormatWAV16} {
		content := recordingtest.WAV(f, time.Second)
		require.Len(t, content, recordingtest.HeaderSize+2*recordingtest.SampleRate(f))
		require.EqualValues(t, len(content)-8, binary.LittleEndian.Uint32(content[4:]))
		require.EqualValues(t, len(content)-recordingtest.HeaderSize, binary.LittleEndian.Uint32(content[40:]))
		require.Equal(t, content[recordingtest.HeaderSize:], recordingtest.OpenWAV(f, time.Second)[recordingtest.HeaderSize:])
		s.SetFile(node, "a", f, content)
		body, size, err := s.Fetch(t.Context(), node, "a", f)
		require.NoError(t, err)
		got, err := io.ReadAll(body)
		require.NoError(t, err)
		require.Equal(t, content, got)
		require.EqualValues(t, len(content), size)
	}
}
