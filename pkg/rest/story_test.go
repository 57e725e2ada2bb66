package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// pbx is the real service with an Asterisk and a database in memory and a real archive.
type pbx struct {
	phones *recordingtest.Switch
	index  *channels.Index
}

func openReal(t *testing.T) (*site, *pbx) {
	t.Helper()
	files, err := archive.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, files.Close()) })
	var service *recording.Service
	p := &pbx{index: channels.NewIndex("default")}
	p.phones = recordingtest.NewSwitch(t, func(s recording.Signal) { service.Notify(s) }, "default")
	p.index.SetReady("default", true)
	service = recording.New(recording.Options{
		Application: "ari-recorder", Instance: "one", Format: recording.FormatWAV, UndeleteWindow: time.Hour,
	}, recordingtest.NewStore(), p.phones, files, p.index)
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	loops.Go(func() { service.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		loops.Wait()
	})
	return open(t, service, Options{}), p
}

// call makes a live, answered channel of an extension.
func (p *pbx) call(uniqueID, extension string) {
	p.phones.AddChannel("default", uniqueID, "L"+uniqueID)
	p.index.Put(channels.Channel{
		Node: "default", UniqueID: uniqueID, LinkedID: "L" + uniqueID, Name: "PJSIP/" + extension + "-" + uniqueID, Extension: extension,
		State: channels.StateUp, Hold: channels.HoldOff, CreatedAt: began,
	})
}

func (p *pbx) hangUp(uniqueID string) {
	p.index.Remove("default", uniqueID)
	p.phones.HangUp("default", uniqueID)
}

// One recording's whole life, with every answer held against the document.
func TestALife(t *testing.T) {
	s, p := openReal(t)
	p.call("1.0", "410")
	require.Equal(t, "1.0", s.get("/v1/resolve?channel=410").json()["picked"].(map[string]any)["uniqueid"])

	first := s.ask("POST", "/v1/recordings", startBody, "Idempotency-Key", "k")
	require.Equal(t, http.StatusCreated, first.StatusCode, first.body)
	id := first.json()["id"].(string)
	require.Equal(t, id, s.ask("POST", "/v1/recordings", startBody, "Idempotency-Key", "k").json()["id"])
	require.Equal(t, http.StatusOK, s.ask("POST", "/v1/recordings", startBody).StatusCode)
	s.ask("POST", "/v1/recordings", `{"channel":"410","tag":"23"}`, "Idempotency-Key", "k").problem("key_reused")
	s.ask("POST", "/v1/recordings", `{"channel":"410","tag":"23"}`).problem("other_tag")
	s.ask("POST", "/v1/recordings", `{"channel":"411","tag":"23"}`).problem("no_channel")
	require.Equal(t, id, s.get("/v1/calls/1.0").json()["recording_id"])

	own := "/v1/recordings/" + id
	s.get(own + "/audio").problem("call_in_progress")
	s.ask("DELETE", own, "").problem("wrong_state")
	require.Equal(t, "paused", s.ask("POST", own+"/pause", "").json()["state"])
	require.Equal(t, "recording", s.ask("POST", own+"/resume", "").json()["state"])
	require.Equal(t, http.StatusOK, s.ask("POST", own+"/stop", "").StatusCode)
	s.ask("POST", own+"/pause", "").problem("wrong_state")
	p.hangUp("1.0")
	s.get("/v1/calls/1.0").problem("no_channel")

	audio := s.get(own + "/audio?username=fred")
	require.Equal(t, http.StatusOK, audio.StatusCode, audio.body)
	digest := sha256.Sum256([]byte(audio.body))
	require.Equal(t, `"`+hex.EncodeToString(digest[:])+`"`, audio.Header.Get("ETag"))
	require.Equal(t, hex.EncodeToString(digest[:]), s.get(own).json()["sha256"])

	require.Equal(t, true, s.ask("PATCH", own, `{"tag":"24","private":true,"legal_hold":true}`).json()["legal_hold"])
	s.get(own + "/audio?username=fred").problem("private")
	s.ask("DELETE", own+"?erase=true", "").problem("legal_hold")
	s.ask("PATCH", own, `{"private":false,"legal_hold":false}`).json()
	require.Equal(t, http.StatusNoContent, s.ask("DELETE", own, "").StatusCode)
	s.get(own + "/audio").problem("deleted")
	require.Empty(t, s.get("/v1/recordings?tag=24").json()["recordings"])
	require.Len(t, s.get("/v1/recordings?tag=24&deleted=include").json()["recordings"], 1)
	require.Nil(t, s.ask("POST", own+"/restore", "").json()["deleted_at"])
	require.Equal(t, "24", s.get("/v1/call-records/1.0").json()["external_reference"])
	require.Len(t, s.get("/v1/call-records?external_reference=24").json()["call_records"], 1)
	require.Equal(t, http.StatusNoContent, s.ask("DELETE", own+"?erase=true", "").StatusCode)
	s.ask("POST", own+"/restore", "").problem("deleted")
	require.Greater(t, len(s.get(own + "/events").json()["events"].([]any)), 8)
	played := s.get("/v1/audit?action=play&username=fred&outcome=ok&recording=" + id).json()["entries"].([]any)
	require.Len(t, played, 1)
	require.Equal(t, "crm", played[0].(map[string]any)["key"])
}
