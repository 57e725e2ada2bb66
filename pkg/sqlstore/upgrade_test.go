package sqlstore_test

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

// rows0001 is what a program that knew only migration 0001 has left behind.
//
//go:embed testdata/rows_0001.sql
var rows0001 string

// TestUpgradeFrom0001 takes a database with rows from the first version to the present.
func TestUpgradeFrom0001(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := dormant(t, e.fresh(t), time.Minute)
		require.NoError(t, s.MigrateUpTo(t.Context(), "0001"))
		execute(t, s, rows0001)
		require.NoError(t, s.Migrate(t.Context()))
		oldRowsAreRead(t, s)

		before := schema(t, s)
		require.Equal(t, before, schema(t, open(t, e.fresh(t))), "the schema is that of a fresh database")

		// An instance of the former version may still run: what it writes must be found.
		execute(t, s, strings.NewReplacer("01k9", "01kb", "default", "paris").Replace(rows0001))
		found, err := s.List(t.Context(), recording.Filter{NotDeleted: true}, recording.Page{})
		require.NoError(t, err)
		require.Len(t, found, 6)
		aged, err := s.Doomed(t.Context(), recording.Doom{Cause: recording.DoomAged, Before: time.Now().AddDate(100, 0, 0)}, recording.Position{}, 10)
		require.NoError(t, err)
		require.Len(t, aged, 2, "neither what is held nor what runs")
	})
}

func oldRowsAreRead(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	at := time.Date(2026, 11, 23, 7, 17, 2, 694_123_000, time.UTC)
	minute := at.Truncate(time.Second).Add(time.Minute)
	available, err := s.Get(t.Context(), "01k9available")
	require.NoError(t, err)
	require.Equal(t, &recording.Recording{
		ID: "01k9available", Seq: available.Seq, Version: 4, State: recording.Available, Tag: "A1 ", Node: "default", UniqueID: "1795418220.0",
		LinkedID: "1795418219.9", Channel: "PJSIP/410-00000002", Extension: "410", Caller: channels.Party{Name: "Ann", Number: "410"},
		Connected: channels.Party{Number: "5550100"}, StartedBy: "crm", CreatedAt: at, StartedAt: at.Truncate(time.Second).Add(800 * time.Millisecond),
		EndedAt: minute, CallEndedAt: minute, SourceDeletedAt: minute.Add(time.Second), Format: recording.FormatWAV, Channels: 1,
		Audio: &recording.Audio{
			Key: "2026/11/23/01k9available.wav", Duration: time.Minute + 125*time.Microsecond, Size: 960_046,
			SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Channels: 1, SampleRate: 8000,
		},
		Tracks: []recording.Track{{UniqueID: "1795418220.0", Direction: recording.DirectionBoth, Name: "rec-01k9available", StartedAt: at.Truncate(time.Second).Add(800 * time.Millisecond)}},
	}, available)

	calls, err := s.Calls(t.Context(), recording.CallFilter{UniqueID: "1795418220.0"}, recording.Page{})
	require.NoError(t, err)
	require.Len(t, calls, 1)
	require.Equal(t, []recording.Leg{{UniqueID: "1795418220.0", Channel: "PJSIP/410-00000002", Extension: "410"}}, calls[0].Legs)
	trail, err := s.AuditTrail(t.Context(), recording.AuditFilter{Username: "Zoë"}, recording.Page{})
	require.NoError(t, err)
	require.Len(t, trail, 1)
	require.Equal(t, "tag=A1 ", trail[0].Subject)

	claimed, err := s.Claim(t.Context(), "default", "one")
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	require.NoError(t, s.Update(t.Context(), claimed[0], recording.Event{Kind: recording.EventStop}))
}

// execute runs statements, each of which ends with a semicolon at the end of a line.
func execute(t *testing.T, s *sqlstore.Store, text string) {
	t.Helper()
	for statement := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(statement) != "" {
			require.NoError(t, s.Exec(t.Context(), statement))
		}
	}
}
