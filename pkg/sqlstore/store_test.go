package sqlstore_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
	"ari-recorder/pkg/sqlstore/storetest"
)

// open opens the store, migrates it and closes it after the test.
func open(t testing.TB, url string) *sqlstore.Store {
	t.Helper()
	s := dormant(t, url, time.Minute)
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

// dormant opens the store and leaves it at that.
func dormant(t testing.TB, url string, lease time.Duration) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(sqlstore.Options{URL: url, Lease: lease, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestConformance(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		storetest.Run(t, func(t *testing.T) recording.Store { return emptied(t, url) })
	})
}

// emptied opens a database of which nothing is left but the schema: to make a schema takes a server longer than most tests.
func emptied(t *testing.T, url string) *sqlstore.Store {
	t.Helper()
	s := open(t, url)
	for _, table := range []string{
		"recording_tracks", "recording_events", "recordings", "call_legs", "call_records", "audit_entries", "idempotency_keys",
	} {
		require.NoError(t, s.Exec(t.Context(), "DELETE FROM "+table))
	}
	return s
}

// TestLeaseRunsOut lets a real lease run out; the conformance suite ages leases instead of waiting.
func TestLeaseRunsOut(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := dormant(t, e.fresh(t), 20*time.Millisecond)
		require.NoError(t, s.Migrate(t.Context()))
		r := starting()
		require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
		require.Eventually(t, func() bool {
			rows, err := s.Claim(t.Context(), r.Node, "another")
			return err == nil && len(rows) == 1
		}, 10*time.Second, 5*time.Millisecond)
	})
}

// TestPersistence opens the same database twice.
func TestPersistence(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		r := starting()
		require.NoError(t, open(t, url).Create(t.Context(), r, recording.Event{}))
		second := starting()
		again := open(t, url)
		require.NoError(t, again.Create(t.Context(), second, recording.Event{}))
		require.Greater(t, second.Seq, r.Seq)
		found, err := again.Find(t.Context(), recording.Filter{Tag: r.Tag})
		require.NoError(t, err)
		require.Len(t, found, 2)
	})
}

// TestLongTagIsRefused holds for servers, which would cut it in a lenient sql_mode. SQLite has no limit.
func TestLongTagIsRefused(t *testing.T) {
	for _, e := range engines[1:] {
		t.Run(e.name, func(t *testing.T) {
			s := open(t, e.fresh(t))
			r := starting()
			r.Tag = string(make([]byte, 1021))
			err := s.Create(t.Context(), r, recording.Event{})
			require.Error(t, err)
			require.NotErrorIs(t, err, recording.ErrStoreDown)
			_, err = s.Get(t.Context(), r.ID)
			require.ErrorIs(t, err, recording.ErrNotFound)
		})
	}
}
