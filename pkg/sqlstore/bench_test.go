package sqlstore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// What a start waits for: BenchmarkCreate commits the row starting, BenchmarkUpdate the row recording. BenchmarkBare is
// the least that any durable write can take: one row into a table without indexes, by itself.

func BenchmarkCreate(b *testing.B) {
	onEach(b, func(b *testing.B, url string) {
		s := open(b, url)
		measure(b, func() error {
			r := starting()
			return s.Create(b.Context(), r, recording.Event{At: r.CreatedAt, Kind: recording.EventRequested, State: r.State, Actor: "crm", Address: "192.0.2.7"})
		})
	})
}

// BenchmarkCreateOnce has what a start has besides: an idempotency key and an entry of the audit trail.
func BenchmarkCreateOnce(b *testing.B) {
	onEach(b, func(b *testing.B, url string) {
		s := open(b, url)
		measure(b, func() error {
			r := starting()
			e := recording.Event{At: r.CreatedAt, Kind: recording.EventRequested, State: r.State, Actor: "crm", Address: "192.0.2.7"}
			e.Audit = &recording.AuditEntry{
				At: r.CreatedAt, Action: recording.ActionStart, Actor: recording.Actor{Name: "crm", Address: "192.0.2.7", RequestID: r.ID},
				Subject: "channel=410", RecordingID: r.ID, Outcome: recording.OutcomeOK,
			}
			return s.CreateOnce(b.Context(), r, e, recording.KeyUse{Caller: "crm", Key: r.ID, Request: r.ID, RecordingID: r.ID, Created: true, At: r.CreatedAt})
		})
	})
}

func BenchmarkUpdate(b *testing.B) {
	onEach(b, func(b *testing.B, url string) {
		s := open(b, url)
		r := starting()
		require.NoError(b, s.Create(b.Context(), r, recording.Event{Kind: recording.EventRequested}))
		states := []recording.State{recording.Active, recording.Starting}
		measure(b, func() error {
			states[0], states[1] = states[1], states[0]
			now := time.Now()
			r.State, r.StartedAt, r.Tracks[0].StartedAt = states[0], now, now
			return s.Update(b.Context(), r, recording.Event{At: now, Kind: recording.EventStarted, State: r.State, Actor: "crm", Address: "192.0.2.7"})
		})
	})
}

func BenchmarkGet(b *testing.B) {
	onEach(b, func(b *testing.B, url string) {
		s := open(b, url)
		r := starting()
		require.NoError(b, s.Create(b.Context(), r, recording.Event{Kind: recording.EventRequested}))
		measure(b, func() error { _, err := s.Get(b.Context(), r.ID); return err })
	})
}

func BenchmarkBare(b *testing.B) {
	onEach(b, func(b *testing.B, url string) {
		s := open(b, url)
		require.NoError(b, s.Exec(b.Context(), "CREATE TABLE bare (text VARCHAR(255))"))
		measure(b, func() error { return s.Exec(b.Context(), "INSERT INTO bare VALUES ('a row')") })
	})
}

func onEach(b *testing.B, benchmark func(b *testing.B, url string)) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) { benchmark(b, e.fresh(b)) })
	}
}

// measure reports the median besides the mean, which a few slow syncs spoil.
func measure(b *testing.B, work func() error) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		require.NoError(b, work())
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "µs/median")
	b.ReportMetric(float64(took[len(took)*9/10].Nanoseconds())/1e3, "µs/p90")
}

func starting() *recording.Recording {
	id := ulid.Make().String()
	uniqueID := fmt.Sprintf("%d.0", time.Now().UnixNano())
	return &recording.Recording{
		ID: id, State: recording.Starting, Tag: "22", Node: "default", UniqueID: uniqueID, LinkedID: uniqueID, Channel: "PJSIP/410-00000002",
		Extension: "410", Caller: channels.Party{Name: "Ann", Number: "410"}, Connected: channels.Party{Number: "5550100"},
		StartedBy: "crm", CreatedAt: time.Now(), Format: recording.FormatWAV, Owner: "one",
		Tracks: []recording.Track{{UniqueID: uniqueID, Direction: recording.DirectionBoth, Name: "rec-" + id}},
	}
}
