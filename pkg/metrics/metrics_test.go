package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scrape asks as Prometheus does.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, 200, answer.Code)
	require.Contains(t, answer.Header().Get("Content-Type"), "text/plain")
	return answer.Body.String()
}

// lived is a service that has seen a bit of everything.
func lived() *Metrics {
	m := New("1.2.3", "abcdef")
	m.Started("", 3*time.Millisecond)
	m.Started("", 30*time.Millisecond)
	m.Started(recording.CodeNoChannel, time.Microsecond)
	m.Moved("", recording.Starting)
	m.Moved(recording.Starting, recording.Active)
	m.Archived(recording.Audio{Size: 16044, Duration: 1500 * time.Millisecond}, 40*time.Millisecond)
	m.Failed(recording.FailNoFile)
	m.NotArchived()
	m.NotAudited(recording.ActionStart)
	m.Event("default", "ChannelCreated")
	m.Heard("default", 3*time.Millisecond)
	m.Reconnected("default")
	m.Resynced("default", time.Millisecond)
	m.Called("default", "snoop", "ok", 2*time.Millisecond)
	m.Requested("/v1/recordings/:id", "GET", 200, 2*time.Millisecond)
	m.Watch(Sources{
		Stats:    func() recording.Stats { return recording.Stats{Active: 2, Backlog: 5} },
		Channels: func() map[string]int { return map[string]int{"default": 14} },
		Nodes: func() []Node {
			return []Node{{"default", true, false, 2 * time.Millisecond, time.UnixMilli(1795418222694)}, {Name: "new"}}
		},
		Storage:  func(context.Context) (uint64, uint64, error) { return 10, 100, nil },
		Database: func(context.Context) (time.Duration, error) { return 3 * time.Millisecond, nil },
	})
	return m
}

func TestEverythingIsCounted(t *testing.T) {
	got := scrape(t, lived())
	for _, want := range []string{
		`ari_recorder_starts_total{outcome="ok"} 2`,
		`ari_recorder_starts_total{outcome="no_channel"} 1`,
		`ari_recorder_starts_total{outcome="ambiguous"} 0`,
		`ari_recorder_start_duration_seconds_bucket{result="ok",le="0.0005"} 0`,
		`ari_recorder_start_duration_seconds_bucket{result="ok",le="0.005"} 1`,
		`ari_recorder_start_duration_seconds_count{result="error"} 1`,
		`ari_recorder_recording_transitions_total{from="new",to="starting"} 1`,
		`ari_recorder_recording_transitions_total{from="starting",to="recording"} 1`,
		`ari_recorder_archived_bytes_total 16044`,
		`ari_recorder_archived_audio_seconds_total 1.5`,
		`ari_recorder_archive_duration_seconds_count 1`,
		`ari_recorder_asterisk_events_total{node="default",type="ChannelCreated"} 1`,
		`ari_recorder_asterisk_reconnects_total{node="default"} 1`,
		`ari_recorder_asterisk_resync_duration_seconds_count{node="default"} 1`,
		`ari_recorder_asterisk_request_duration_seconds_count{operation="snoop",outcome="ok"} 1`,
		`ari_recorder_http_requests_total{method="GET",route="/v1/recordings/:id",status="2xx"} 1`,
		`ari_recorder_http_request_duration_seconds_count{method="GET",route="/v1/recordings/:id",status="2xx"} 1`,
		`ari_recorder_recordings_active 2`,
		`ari_recorder_archive_backlog 5`,
		`ari_recorder_channels_live{node="default"} 14`,
		`ari_recorder_node_connected{node="default"} 1`,
		`ari_recorder_node_ready{node="default"} 0`,
		`ari_recorder_node_round_trip_seconds{node="default"} 0.002`,
		`ari_recorder_node_last_event_timestamp_seconds{node="default"} 1.795418222694e+09`,
		`ari_recorder_node_connected{node="new"} 0`,
		`ari_recorder_recordings_failed_total{cause="no_file"} 1`,
		`ari_recorder_recordings_failed_total{cause="no_audio"} 0`,
		`ari_recorder_archive_failures_total 1`,
		`ari_recorder_audit_failures_total{action="start"} 1`,
		`ari_recorder_audit_failures_total{action="retrieve"} 0`,
		`ari_recorder_asterisk_event_lag_seconds_bucket{node="default",le="0.005"} 1`,
		`ari_recorder_database_up 1`,
		`ari_recorder_database_round_trip_seconds 0.003`,
		`ari_recorder_storage_up 1`,
		`ari_recorder_storage_free_bytes 10`,
		`ari_recorder_storage_size_bytes 100`,
		`revision="abcdef",version="1.2.3"} 1`,
	} {
		require.Contains(t, got, want+"\n")
	}
	require.NotContains(t, got, `_round_trip_seconds{node="new"}`, "it was not measured")
	require.NotContains(t, got, `_last_event_timestamp_seconds{node="new"}`)
}

func TestNamesFollowTheRules(t *testing.T) {
	m := lived()
	faults, err := testutil.GatherAndLint(m.registry)
	require.NoError(t, err)
	require.Empty(t, faults)
	families, err := m.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		require.Regexp(t, "^(ari_recorder|go|process)_", family.GetName())
	}
}

func TestEveryFailureIsThereFromTheBeginning(t *testing.T) {
	got := scrape(t, New("", ""))
	require.Equal(t, len(startCodes), strings.Count(got, "\nari_recorder_starts_total{"))
	require.Equal(t, len(failureCodes), strings.Count(got, "\nari_recorder_recordings_failed_total{"))
	require.Equal(t, len(actions), strings.Count(got, "\nari_recorder_audit_failures_total{"))
	require.Contains(t, got, `ari_recorder_recording_transitions_total{from="archiving",to="failed"} 0`)
}

func TestReconnectsAreCountedFromNone(t *testing.T) {
	m := New("", "")
	m.Resynced("default", time.Millisecond)
	require.Contains(t, scrape(t, m), `ari_recorder_asterisk_reconnects_total{node="default"} 0`)
}

func TestLabelsDoNotGrowWithoutBound(t *testing.T) {
	m := New("", "")
	for i := range 1000 {
		word := fmt.Sprint("word", i)
		m.Event("default", word)
		m.Called("default", word, word, time.Millisecond)
		m.NotAudited(recording.Action(word))
		m.Requested(word, word, i, time.Millisecond)
	}
	m.Event("default", "word0")
	require.LessOrEqual(t, testutil.CollectAndCount(m.events), 64+1)
	require.LessOrEqual(t, testutil.CollectAndCount(m.callTime), 33)
	require.LessOrEqual(t, testutil.CollectAndCount(m.unaudited), 32+2)
	require.LessOrEqual(t, testutil.CollectAndCount(m.total), 128+1+6)
	require.InDelta(t, 2, testutil.ToFloat64(m.events.WithLabelValues("default", "word0")), 0)
	require.InDelta(t, 936, testutil.ToFloat64(m.events.WithLabelValues("default", "other")), 0)
	require.NotContains(t, scrape(t, m), `method="word`)
}

func TestStatesThatCannotBeReadAreLeftOut(t *testing.T) {
	m := New("", "")
	m.Watch(Sources{
		Storage:  func(context.Context) (uint64, uint64, error) { return 0, 0, errors.New("gone") },
		Database: func(context.Context) (time.Duration, error) { return 0, errors.New("gone") },
	})
	got := scrape(t, m)
	require.NotContains(t, got, "storage_free_bytes")
	require.Contains(t, got, "ari_recorder_storage_up 0\n")
	require.NotContains(t, got, "database_round_trip_seconds")
	require.Contains(t, got, "ari_recorder_database_up 0\n")
	require.NotContains(t, got, "recordings_active")
	require.Contains(t, got, "ari_recorder_build_info")
}

func TestAHangingDiskDoesNotHangTheNextScrape(t *testing.T) {
	asked, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	m := New("", "")
	m.Watch(Sources{Storage: func(context.Context) (uint64, uint64, error) {
		once.Do(func() {
			close(asked)
			<-leave
		})
		return 1, 2, nil
	}})
	first := make(chan string)
	go func() { first <- scrape(t, m) }()
	<-asked
	meanwhile := scrape(t, m)
	require.NotContains(t, meanwhile, "storage_free_bytes")
	require.Contains(t, meanwhile, "ari_recorder_storage_up 0\n")
	close(leave)
	require.Contains(t, <-first, "ari_recorder_storage_free_bytes 1\n")
	require.Contains(t, scrape(t, m), "ari_recorder_storage_free_bytes 1\n")
}

func TestManyAtOnce(t *testing.T) {
	m := lived()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				m.Started(recording.CodeTooMany, time.Millisecond)
				m.Event("default", fmt.Sprint(i))
				m.Requested(fmt.Sprint(i), "GET", 503, time.Millisecond)
			}
		})
	}
	scrape(t, m)
	all.Wait()
	require.Contains(t, scrape(t, m), `ari_recorder_starts_total{outcome="too_many"} 1600`)
}
