package archive_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// A busy site's day has ten thousand recordings in its folder; the next one is put there as fast as the first.
func BenchmarkPut(b *testing.B) {
	for _, there := range []int{0, 10_000} {
		b.Run(fmt.Sprint("beside ", there), func(b *testing.B) {
			a, folder := open(b)
			day := filepath.Join(folder, "2026/11/23")
			require.NoError(b, os.MkdirAll(day, 0o750))
			for i := range there {
				require.NoError(b, os.WriteFile(filepath.Join(day, fmt.Sprintf("01k8%022d.wav", i)), nil, 0o600))
			}
			file := recordingtest.WAV(recording.FormatWAV, 10*time.Second)
			for b.Loop() {
				_, err := a.Put(b.Context(), row(), bytes.NewReader(file), int64(len(file)))
				require.NoError(b, err)
			}
		})
	}
}
