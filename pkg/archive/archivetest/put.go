package archivetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func testPut(t *testing.T, b bench) {
	file := recordingtest.WAV(recording.FormatWAV, 1500*time.Millisecond)
	audio := b.put(ID, 1500*time.Millisecond)
	sum := sha256.Sum256(file)
	require.Equal(t, &recording.Audio{
		Key: Key(ID), Duration: 1500 * time.Millisecond, Size: int64(len(file)), SHA256: hex.EncodeToString(sum[:]), Channels: 1, SampleRate: 8000,
	}, audio)
	require.Equal(t, []string{audio.Key}, b.Stored())
	again, err := b.Archive.Measure(t.Context(), Row(ID))
	require.NoError(t, err)
	require.Equal(t, audio, again)
	again, err = b.Archive.MeasureKey(t.Context(), audio.Key)
	require.NoError(t, err)
	require.Equal(t, audio, again)
	require.Equal(t, file, b.content(audio.Key))
}

func testRepair(t *testing.T, b bench) {
	file := recordingtest.OpenWAV(recording.FormatWAV16, time.Second)
	audio, err := b.Archive.Put(t.Context(), Row(ID), bytes.NewReader(file), -1)
	require.NoError(t, err)
	require.Equal(t, time.Second, audio.Duration)
	require.Equal(t, 16000, audio.SampleRate)
	require.Equal(t, recordingtest.WAV(recording.FormatWAV16, time.Second), b.content(audio.Key))
}

func testAgain(t *testing.T, b bench) {
	for _, length := range []time.Duration{time.Second, 2 * time.Second} {
		require.Equal(t, length, b.put(ID, length).Duration)
	}
	require.Len(t, b.Stored(), 1)
	audio, err := b.Archive.Measure(t.Context(), Row(ID))
	require.NoError(t, err)
	require.Equal(t, 2*time.Second, audio.Duration)
}

// What goes over the network in parts is as whole as what does not.
func testLarge(t *testing.T, b bench) {
	const length = 40 * time.Minute
	audio := b.put(ID, length)
	again, err := b.Archive.MeasureKey(t.Context(), audio.Key)
	require.NoError(t, err)
	require.Equal(t, audio, again)
	require.Equal(t, length, audio.Duration)
	require.Equal(t, []string{audio.Key}, b.Stored())
}

func testParallel(t *testing.T, b bench) {
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			file := recordingtest.WAV(recording.FormatWAV, time.Second)
			_, err := b.Archive.Put(t.Context(), Row(fmt.Sprintf("01k9%022d", i)), bytes.NewReader(file), int64(len(file)))
			assert.NoError(t, err)
		})
	}
	all.Wait()
	require.Len(t, b.Stored(), 16)
}

func testFailedPut(t *testing.T, b bench) {
	whole := recordingtest.WAV(recording.FormatWAV, time.Second)
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		src  io.Reader
		size int64
		want error
	}{
		"cut short":    {bytes.NewReader(whole[:100]), int64(len(whole)), io.ErrUnexpectedEOF},
		"too long":     {bytes.NewReader(whole), 100, io.ErrUnexpectedEOF},
		"broken off":   {io.MultiReader(bytes.NewReader(whole[:100]), iotest.ErrReader(boom)), -1, boom},
		"no WAV":       {strings.NewReader("<html>not found</html>"), -1, recording.ErrBadAudio},
		"empty":        {strings.NewReader(""), 0, recording.ErrBadAudio},
		"header alone": {bytes.NewReader(whole[:20]), 20, recording.ErrBadAudio},
		"no samples":   {bytes.NewReader(recordingtest.WAV(recording.FormatWAV, 0)), -1, recording.ErrNoSamples},
	} {
		_, err := b.Archive.Put(t.Context(), Row(ID), c.src, c.size)
		require.ErrorIs(t, err, c.want, name)
		require.Empty(t, b.Stored(), name)
		b.lacks(ID)
	}
	_, err := b.Archive.Put(ended(t), Row(ID), bytes.NewReader(whole), -1)
	require.Error(t, err)
	require.Empty(t, b.Stored())
}

func testFailedAgain(t *testing.T, b bench) {
	first := b.put(ID, time.Second)
	_, err := b.Archive.Put(t.Context(), Row(ID), strings.NewReader("nonsense"), -1)
	require.ErrorIs(t, err, recording.ErrBadAudio)
	again, err := b.Archive.Measure(t.Context(), Row(ID))
	require.NoError(t, err)
	require.Equal(t, first, again)
}
