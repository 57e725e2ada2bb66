package recording_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTrackNames(t *testing.T) {
	const id = "01k9zzzzzzzzzzzzzzzzzzzzzz"
	require.Equal(t, "rec-"+id, recording.TrackName("rec", id, 0))
	require.Equal(t, "rec-"+id+"-2", recording.TrackName("rec", id, 2))
	for name, ours := range map[string]bool{
		"rec-" + id: true, "rec-" + id + "-1": true, "rec-" + id + "-12": true,
		"rec-2-" + id: false, "rec-" + id + "-": false, "rec-" + id + "-01": false, "rec-" + id + "-x": false, "rec-" + id + "-0": false,
		"rec-": false, "rec": false, "": false, "other-" + id: false, "rec-01K9ZZZZZZZZZZZZZZZZZZZZZZ": false, "rec-" + id + "z": false,
	} {
		got, ok := recording.ParseTrackName("rec", name)
		require.Equal(t, ours, ok, name)
		if ours {
			require.Equal(t, id, got)
		}
	}
}

func TestStates(t *testing.T) {
	for _, from := range recording.States() {
		require.Equal(t, from.Running() || from == recording.Archiving, from.InWork())
		require.False(t, from.CanBecome(from))
		require.False(t, from.CanBecome(recording.Starting), "nothing starts twice")
		if from.Running() {
			require.True(t, from.CanBecome(recording.Archiving), "an end is accepted in every state before archiving")
		}
		if from.InWork() {
			require.True(t, from.CanBecome(recording.Failed))
		}
	}
	require.False(t, recording.Available.CanBecome(recording.Failed))
}

func TestJSONIsTheContracts(t *testing.T) {
	at := time.Date(2026, 11, 23, 7, 17, 2, 694_000_000, time.UTC)
	r := &recording.Recording{
		ID: "01k9", State: recording.Active, Tag: "22", Node: "default", UniqueID: "1795418220.0", LinkedID: "1795418220.0",
		Channel: "PJSIP/410-00000002", Extension: "410", Caller: channels.Party{Name: "Ann", Number: "410"},
		Connected: channels.Party{Number: "5550100"}, StartedBy: "crm", StartedAt: at, Format: recording.FormatWAV,
	}
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, `{
	  "id": "01k9", "state": "recording", "tag": "22", "node": "default",
	  "uniqueid": "1795418220.0", "linkedid": "1795418220.0", "channel": "PJSIP/410-00000002", "extension": "410",
	  "caller": {"name": "Ann", "number": "410"}, "connected": {"name": "", "number": "5550100"},
	  "started_by": "crm", "started_at": "2026-11-23T07:17:02.694Z", "ended_at": null, "call_ended_at": null,
	  "duration_ms": null, "format": "wav", "channels": 1, "sample_rate": 8000, "size": null, "sha256": null,
	  "private": false, "legal_hold": false, "deleted_at": null, "failure": null, "gaps": []
	}`, string(text))
	r.Audio = &recording.Audio{Duration: 1500 * time.Millisecond, Size: 24044, SHA256: "ab", Channels: 1, SampleRate: 16000}
	r.Failure = &recording.Failure{Code: recording.FailNoFile, Detail: "gone"}
	text, err = json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(text), `"duration_ms":1500`)
	require.Contains(t, string(text), `"failure":{"code":"no_file","detail":"gone"}`)
}
