package rest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

func someCall(seq int64) recording.CallRecord {
	return recording.CallRecord{
		Call: recording.Call{
			Seq: seq, Node: "default", LinkedID: "1795418220.0", ExternalReference: "22", StartedAt: began.Add(time.Duration(seq) * time.Second),
			Legs: []recording.Leg{{UniqueID: "1795418220.0", Channel: "PJSIP/410-00000002", Extension: "410"}},
		},
		Recordings: []*recording.Recording{someRecording(recording.Available)},
	}
}

func TestCallRecords(t *testing.T) {
	f := &fake{calls: []recording.CallRecord{someCall(3), someCall(2), someCall(1)}}
	s := serve(t, f, Options{})
	seen, requests := s.pages("/v1/call-records?limit=2", "call_records", "started_at")
	require.Equal(t, []any{"2026-11-23T07:17:05.694Z", "2026-11-23T07:17:04.694Z", "2026-11-23T07:17:03.694Z"}, seen)
	require.Equal(t, 2, requests)
	s.get("/v1/call-records?node=n&uniqueid=u&external_reference=22&from=2026-11-23&to=2026-11-24")
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	require.Equal(t, []any{
		recording.CallFilter{Node: "n", UniqueID: "u", ExternalReference: "22", From: day, To: day.AddDate(0, 0, 1)},
		recording.Page{Limit: 51},
	}, f.asked)
	s.get("/v1/call-records?tag=22").problem("invalid")
	s.get("/v1/call-records?from=x").problem("invalid")
	f.calls = []recording.CallRecord{{}}
	require.Contains(t, s.get("/v1/call-records").body, `"legs":[],"recordings":[]`)
}

// A uniqueid is any text, and Asterisk's systemname may put anything before it.
func TestUniqueIDsInPaths(t *testing.T) {
	f := &fake{calls: []recording.CallRecord{someCall(1)}, live: []recording.LiveCall{someLive()}}
	s := serve(t, f, Options{})
	for path, want := range map[string]string{
		"1795418220.0": "1795418220.0", "pbx-1795418220.0": "pbx-1795418220.0", "a%2Fb": "a/b", "50%25": "50%", "a+b": "a+b", "%C3%A4": "ä", "a%20b": "a b",
	} {
		for _, list := range []string{"/v1/call-records/", "/v1/calls/"} {
			r := s.get(list + path + "?node=default")
			require.Equal(t, http.StatusOK, r.StatusCode, r.body)
			require.Equal(t, []any{"default", want}, f.asked)
		}
	}
	f.asked = nil
	for _, path := range []string{"%00", "%FF", "a%0Ab", strings.Repeat("1", 256)} {
		s.get("/v1/calls/" + path).problem("invalid")
		s.get("/v1/call-records/" + path).problem("invalid")
	}
	require.Empty(t, f.asked)
}

func someLive() recording.LiveCall {
	return recording.LiveCall{RecordingID: someID, Channel: channels.Channel{
		Node: "default", UniqueID: "1795418220.0", Name: "PJSIP/410-00000002", Extension: "410", State: channels.StateUp,
		Hold: channels.HoldOff, Bridge: "b", Bridged: true, CreatedAt: began,
	}}
}

func TestLiveCalls(t *testing.T) {
	f := &fake{live: []recording.LiveCall{someLive(), {Channel: channels.Channel{Node: "default", UniqueID: "2"}}}}
	s := serve(t, f, Options{})
	calls := s.get("/v1/calls?node=default").json()["calls"].([]any)
	require.Equal(t, []any{"default"}, f.asked)
	require.Equal(t, map[string]any{
		"node": "default", "uniqueid": "1795418220.0", "linkedid": nil, "channel": "PJSIP/410-00000002", "extension": "410",
		"state": "Up", "hold": "talking", "bridge": "b", "bridged": true, "caller": map[string]any{"name": "", "number": ""},
		"connected": map[string]any{"name": "", "number": ""}, "created_at": "2026-11-23T07:17:02.694Z", "recording_id": someID,
	}, calls[0])
	require.Nil(t, calls[1].(map[string]any)["recording_id"])
	require.Equal(t, "unknown", calls[1].(map[string]any)["hold"])
	f.live = nil
	require.Contains(t, s.get("/v1/calls").body, `"calls":[]`)
	s.get("/v1/calls?limit=1").problem("invalid")
}

func TestResolve(t *testing.T) {
	picked := someLive().Channel
	other := picked
	other.UniqueID, other.Hold = "1795418220.4", channels.HoldOn
	f := &fake{resolution: channels.Resolution{Channel: picked, By: channels.ByExtension, Candidates: []channels.Candidate{
		{Channel: picked, Kept: true, Why: "the only one left"}, {Channel: other, Why: "on hold, another is talking"},
	}}}
	s := serve(t, f, Options{})
	r := s.get("/v1/resolve?channel=410&node=default").json()
	require.Equal(t, []any{channels.Query{Channel: "410", Node: "default"}}, f.asked)
	require.Equal(t, "extension", r["by"])
	require.Equal(t, "1795418220.0", r["picked"].(map[string]any)["uniqueid"])
	second := r["candidates"].([]any)[1].(map[string]any)
	require.Equal(t, "1795418220.4", second["uniqueid"])
	require.Equal(t, false, second["kept"])
	require.Equal(t, "on hold, another is talking", second["why"])
	s.get("/v1/resolve").problem("invalid")
	s.get("/v1/resolve?channel=").problem("invalid")
	s.get("/v1/resolve?extension=410").problem("invalid")
}

// Where nothing can be picked, somebody wants to know why all the more.
func TestResolveTellsTheCandidatesOfAProblem(t *testing.T) {
	picked := someLive().Channel
	f := &fake{
		err:        &recording.Error{Code: recording.CodeAmbiguous, Detail: "several", Candidates: []recording.Candidate{{Node: picked.Node, UniqueID: picked.UniqueID}}},
		resolution: channels.Resolution{Candidates: []channels.Candidate{{Channel: picked, Kept: true, Why: "equal to another"}}},
	}
	s := serve(t, f, Options{})
	candidate := s.get("/v1/resolve?channel=410").problem("ambiguous")["candidates"].([]any)[0].(map[string]any)
	require.Equal(t, "equal to another", candidate["why"])
	require.Equal(t, "PJSIP/410-00000002", candidate["channel"])
	f.resolution = channels.Resolution{}
	candidate = s.get("/v1/resolve?channel=410").problem("ambiguous")["candidates"].([]any)[0].(map[string]any)
	require.Equal(t, picked.UniqueID, candidate["uniqueid"])
	f.err = &recording.Error{Code: recording.CodeAsterisk, Detail: "away", RetryAfter: time.Second}
	require.NotContains(t, s.get("/v1/resolve?channel=410").problem("asterisk_unavailable"), "candidates")
}

func TestEvents(t *testing.T) {
	f := &fake{events: []recording.Event{
		{At: began, Kind: recording.EventRequested, State: recording.Starting, Actor: "crm", Address: "192.0.2.10", Detail: "tag 22"},
		{At: began, Kind: recording.EventPaused, State: recording.Paused},
	}}
	s := serve(t, f, Options{})
	events := s.get("/v1/recordings/" + someID + "/events").json()["events"].([]any)
	require.Len(t, events, 2)
	require.Equal(t, map[string]any{
		"at": "2026-11-23T07:17:02.694Z", "kind": "requested", "state": "starting", "actor": "crm", "address": "192.0.2.10", "detail": "tag 22",
	}, events[0])
}

func TestAudit(t *testing.T) {
	f := &fake{}
	for seq := int64(5); seq > 0; seq-- {
		f.entries = append(f.entries, recording.AuditEntry{
			Seq: seq, At: began, Action: recording.ActionPlay, Username: "fred", Actor: someActor, Subject: "x", RecordingID: someID, Outcome: "ok",
		})
	}
	s := serve(t, f, Options{})
	seen, requests := s.pages("/v1/audit?limit=2&key=crm", "entries", "key")
	require.Equal(t, []any{"crm", "crm", "crm", "crm", "crm"}, seen)
	require.Equal(t, 3, requests)
	s.get("/v1/audit?action=play&username=fred&key=crm&recording=" + someID + "&outcome=ok&from=2026-11-23&to=2026-11-24")
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	require.Equal(t, []any{recording.AuditFilter{
		Action: "play", Username: "fred", Key: "crm", RecordingID: someID, Outcome: "ok", From: day, To: day.AddDate(0, 0, 1),
	}, recording.Page{Limit: 51}}, f.asked)
	f.asked = nil
	s.get("/v1/audit?recording=x").problem("invalid")
	s.get("/v1/audit?user=fred").problem("invalid")
	require.Empty(t, f.asked)
}
