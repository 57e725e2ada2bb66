package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// Callers write the first and the last moment that there is where they mean no bound, and databases know fewer of them.
var calendarTests = []test{
	{"bounds at the ends of the calendar select everything, or nothing", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		put(t, s, recording.Call{Node: "default", LinkedID: "1", StartedAt: moment})
		require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{At: moment, Action: recording.ActionPlay}))
		for _, first := range beginnings() {
			for _, last := range ends() {
				require.Equal(t, [5]int{1, 1, 1, 1, 1}, counts(t, s, first, last), "from %v to %v", first, last)
				require.Zero(t, counts(t, s, last, time.Time{}), "from %v", last)
				require.Zero(t, counts(t, s, time.Time{}, first), "to %v", first)
			}
		}
	}},
}

func beginnings() []time.Time {
	return []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(1, 1, 1, 0, 0, 30, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("Brisbane", 36000)), time.Date(999, 12, 31, 0, 0, 0, 0, time.UTC),
	}
}

func ends() []time.Time {
	return []time.Time{
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("Azores", -3600)), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// counts are how many recordings are listed, found and counted, calls and entries of the audit trail, between the times.
func counts(t *testing.T, s recording.Store, from, to time.Time) [5]int {
	t.Helper()
	f := recording.Filter{From: from, To: to}
	found, err := s.Find(t.Context(), f)
	require.NoError(t, err)
	count, err := s.Count(t.Context(), f)
	require.NoError(t, err)
	return [5]int{
		len(list(t, s, f, recording.Page{})), len(found), count,
		len(calls(t, s, recording.CallFilter{From: from, To: to}, recording.Page{})),
		len(audited(t, s, recording.AuditFilter{From: from, To: to}, recording.Page{})),
	}
}
