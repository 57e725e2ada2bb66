package recordingtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// patience bounds whatever a switch may take in a test, on a busy machine.
const patience = 20 * time.Second

// SwitchLab is a switch to be tested, with hands on the Asterisk behind it.
type SwitchLab struct {
	Switch      recording.Switch
	Node        string
	Application string                   // begins the names of tracks
	Signals     <-chan recording.Signal  // what the switch reports, from its start on; wide enough for one test
	Dial        func() (uniqueID string) // makes an answered channel
	HangUp      func(uniqueID string)    // ends it as a phone does
	SetReadOnly func(readOnly bool)      // lets Asterisk's recording folder refuse new files
	SetDown     func(down bool)          // cuts the node off, or lets it be reached again
	SharedSpool bool                     // files are read without asking Asterisk
}

// SwitchSuite proves that a switch keeps the promises of recording.Switch. newLab is called for every test; what it makes
// is cleaned up by the test.
func SwitchSuite(t *testing.T, newLab func(*testing.T) SwitchLab) {
	for name, test := range map[string]func(*testing.T, *bench){
		"a recording from snoop to discard":           testLife,
		"wav16 has 16 kHz":                            testWideband,
		"the limit ends a recording":                  testLimit,
		"the hang-up of the channel ends a recording": testHangUp,
		"hanging up during recording tells both ends": testSignals,
		"no such channel":                             testNoChannel,
		"no such recording":                           testNoRecording,
		"ending twice is no error":                    testEndTwice,
		"an unknown format is refused":                testUnknownFormat,
		"a name is recorded once":                     testNameTaken,
		"record without a snoop is refused":           testNoSnoop,
		"a folder that takes no files":                testReadOnly,
		"linkedid":                                    testLinkedID,
		"events are heard as they happen":             testHeardUntil,
		"an unreachable node":                         testDown,
		"an ended context":                            testContext,
		"an unknown node":                             testUnknownNode,
		"twenty at once":                              testParallel,
		"several snoops on one channel":               testTwoSnoops,
		"the tracks of a recording":                   testTracks,
		"a pause is left out":                         testPause,
		"a paused recording ends":                     testPausedEnd,
		"the channel of a paused recording hangs up":  testPausedHangUp,
		"pausing what does not record":                testPauseOfNothing,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
			defer cancel()
			test(t, &bench{SwitchLab: newLab(t), ctx: ctx})
		})
	}
}

// bench is a lab with the handles that the tests share.
type bench struct {
	SwitchLab
	ctx context.Context
}

// track names a new first track on the channel.
func (b *bench) track(uniqueID string) (recording.Track, string) {
	id := strings.ToLower(ulid.Make().String())
	return recording.Track{
		UniqueID:  uniqueID,
		Direction: recording.DirectionBoth,
		Name:      recording.TrackName(b.Application, id, 0),
	}, id
}

// snoop makes a snoop channel on a new channel.
func (b *bench) snoop(t *testing.T) recording.Track {
	track, id := b.track(b.Dial())
	require.NoError(t, b.Switch.Snoop(b.ctx, b.Node, track, id))
	return track
}

// start makes a running recording on a new channel.
func (b *bench) start(t *testing.T, f recording.Format, limit time.Duration) recording.Track {
	track := b.snoop(t)
	before := time.Now()
	started, err := b.Switch.Record(b.ctx, b.Node, track.Name, f, limit)
	require.NoError(t, err)
	require.WithinRange(t, started, before, time.Now(), "the start is on our clock")
	track.StartedAt = started
	return track
}

// await waits for a signal, whatever else comes before it.
func (b *bench) await(t *testing.T, kind recording.Kind, name string) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case s := <-b.Signals:
			require.Equal(t, b.Node, s.Node)
			require.WithinDuration(t, time.Now(), s.At, patience)
			if s.Kind == kind && s.Name == name {
				return
			}
		case <-timer.C:
			require.Failf(t, "no signal", "kind %d of %s", kind, name)
		}
	}
}

func (b *bench) live(t *testing.T, name string) bool {
	return b.liveState(t, name) != recording.LiveGone
}

func (b *bench) liveState(t *testing.T, name string) recording.LiveState {
	live, err := b.Switch.Live(b.ctx, b.Node, name)
	require.NoError(t, err)
	return live
}

func (b *bench) stored(t *testing.T, name string, f recording.Format) bool {
	stored, err := b.Switch.Stored(b.ctx, b.Node, name, f)
	require.NoError(t, err)
	return stored
}

func (b *bench) names(t *testing.T) (names []string) {
	require.NoError(t, b.Switch.StoredNames(b.ctx, b.Node, func(name string) error { names = append(names, name); return nil }))
	return names
}

// run lets time pass until the recording is at least as long as length.
func (b *bench) run(t *testing.T, track recording.Track, length time.Duration) {
	timer := time.NewTimer(time.Until(track.StartedAt.Add(length)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.ctx.Done():
		require.NoError(t, b.ctx.Err())
	}
}
