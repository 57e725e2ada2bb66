// Package archivetest holds what every archive must prove, whatever keeps the audio.
package archivetest

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// Bench is an empty archive to be tested, with hands on what is behind it.
type Bench struct {
	Archive archive.Archive
	Plant   func(name string, content []byte) // puts something there past the archive
	Stored  func() []string                   // the names of all that is there
}

// Suite proves that an archive keeps the promises of archive.Archive. newBench is called for every test; what it makes is
// cleaned up by the test.
func Suite(t *testing.T, newBench func(*testing.T) Bench) {
	for name, test := range map[string]func(*testing.T, bench){
		"put measures what it stored":                 testPut,
		"a header that was never closed is repaired":  testRepair,
		"putting again replaces":                      testAgain,
		"hours of audio":                              testLarge,
		"several at once":                             testParallel,
		"a put that fails leaves nothing":             testFailedPut,
		"a put that fails leaves earlier audio alone": testFailedAgain,
		"reading at any place":                        testSeek,
		"what is opened outlives its request":         testOpenContext,
		"no such audio":                               testMissing,
		"keys that lead elsewhere":                    testKeys,
		"what is no audio is not measured":            testNoAudio,
		"deleting is for good":                        testDelete,
		"deleting removes nothing else":               testDeleteElse,
		"walking visits audio alone":                  testWalk,
		"walking ends when it is told":                testWalkEnd,
		"leftovers are what is no audio":              testLeftovers,
		"looking at a name":                           testLook,
		"how much room there is":                      testSpace,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { test(t, bench{newBench(t), t}) })
	}
}

// The ids of recordings.
const (
	ID    = "01k9zzzzzzzzzzzzzzzzzzzzzz"
	other = "01k9yyyyyyyyyyyyyyyyyyyyyy"
)

// Row is a recording whose audio has the key Key(id).
func Row(id string) *recording.Recording {
	return &recording.Recording{ID: id, CreatedAt: time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)}
}

// Key is where the audio of Row(id) is.
func Key(id string) string { return "2026/11/23/" + id + ".wav" }

type bench struct {
	Bench
	t *testing.T
}

// put stores audio of some length under the id.
func (b bench) put(id string, length time.Duration) *recording.Audio {
	b.t.Helper()
	file := recordingtest.WAV(recording.FormatWAV, length)
	audio, err := b.Archive.Put(b.t.Context(), Row(id), bytes.NewReader(file), int64(len(file)))
	require.NoError(b.t, err)
	return audio
}

// content reads all of the audio.
func (b bench) content(key string) []byte {
	b.t.Helper()
	f, err := b.Archive.Open(b.t.Context(), key)
	require.NoError(b.t, err)
	content, err := io.ReadAll(f)
	require.NoError(b.t, err)
	require.NoError(b.t, f.Close())
	return content
}

func (b bench) lacks(id string) {
	b.t.Helper()
	_, err := b.Archive.Measure(b.t.Context(), Row(id))
	require.ErrorIs(b.t, err, recording.ErrNoAudioFile)
	_, err = b.Archive.Open(b.t.Context(), Key(id))
	require.ErrorIs(b.t, err, recording.ErrNoAudioFile)
}

func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
