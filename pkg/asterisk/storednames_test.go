package asterisk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// A site that has recorded for years by other means, in the same folder.
func TestAHundredThousandStoredRecordingsOnAsterisk(t *testing.T) {
	const many = 100_000
	pbx := lab.NewAsterisk(t, lab.AsteriskOptions{})
	for n := range many {
		require.NoError(t, os.WriteFile(filepath.Join(pbx.RecordingDir, fmt.Sprintf("%s-01k9%022d.wav", application, n)), nil, 0o644))
	}
	r := run(t, pbx, nil)
	slowest, count := make(chan time.Duration, 1), 0
	done := make(chan struct{})
	go func() { // a start needs Asterisk meanwhile
		var worst time.Duration
		for {
			took, _, err := r.Ping(t.Context(), node)
			if err != nil {
				t.Error(err)
			}
			worst = max(worst, took)
			select {
			case <-done:
				slowest <- worst
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	began := time.Now()
	require.NoError(t, r.StoredNames(t.Context(), node, func(string) error { count++; return nil }))
	took := time.Since(began)
	close(done)
	t.Logf("%d names in %v; the slowest of other requests meanwhile took %v", count, took, <-slowest)
	require.Equal(t, many, count)
	require.Less(t, took, 30*time.Second)
}
