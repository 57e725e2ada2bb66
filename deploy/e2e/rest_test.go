//go:build !stack

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/lab/tone"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/rest/resttest"
)

// Every operation of the OpenAPI document on a real call; each answer is held against the document.
func TestEveryOperation(t *testing.T) { onAsterisks(t, everyOperation) }

func everyOperation(t *testing.T, options lab.AsteriskOptions) {
	secret := access.NewKey()
	s := openOn(t, options, map[string]string{"AUTH_KEYS_FILE": keyFile(t, "console", secret, access.Admin)})
	c := newRESTClient(s, secret)
	c.documents()
	call := s.call(lab.CallOptions{})
	c.liveCalls(call)
	id := c.recordings(call)
	c.audio(id, call)
	c.trails(id, call)
	c.lifecycle(id)
	c.oldDoor()
	require.Empty(t, c.validator.Missing(), "operations that were not exercised")
}

// keyFile writes the list of keys of a service with one key.
func keyFile(t *testing.T, name, secret string, scopes ...access.Scope) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys.yaml")
	line := fmt.Sprintf("- {name: %s, hash: %q, scopes: %s}\n", name, access.HashOf(secret), strings.ReplaceAll(fmt.Sprint(scopes), " ", ", "))
	require.NoError(t, os.WriteFile(file, []byte(line), 0o600))
	return file
}

// restClient asks the service as a new program would.
type restClient struct {
	*site
	secret    string
	validator *resttest.Validator
	http      http.Client
}

func newRESTClient(s *site, secret string) *restClient {
	v, err := resttest.New(&http.Transport{DisableKeepAlives: true})
	require.NoError(s.t, err)
	return &restClient{site: s, secret: secret, validator: v, http: http.Client{Timeout: 30 * time.Second, Transport: v}}
}

// do sends a request with pairs of header names and values, and insists on the status.
func (c *restClient) do(status int, method, path, body string, header ...string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, strings.NewReader(body))
	require.NoError(c.t, err)
	if body == "" {
		r.Body = nil
		r.ContentLength = 0
	}
	r.Header.Set("Authorization", "Bearer "+c.secret)
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(r)
	require.NoError(c.t, err)
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	require.Equal(c.t, status, response.StatusCode, "%s %s: %s", method, path, said)
	return answer{response.StatusCode, string(said), response.Header}
}

// read gets a path and reads its JSON.
func (c *restClient) read(path string, into any) {
	c.t.Helper()
	require.NoError(c.t, json.Unmarshal([]byte(c.do(http.StatusOK, http.MethodGet, path, "").body), into))
}

// control posts to a recording and returns its state.
func (c *restClient) control(id, verb string) string {
	c.t.Helper()
	var r details
	a := c.do(http.StatusOK, http.MethodPost, "/v1/recordings/"+id+"/"+verb, "")
	require.NoError(c.t, json.Unmarshal([]byte(a.body), &r))
	require.Equal(c.t, id, r.ID)
	return r.State
}

func (c *restClient) documents() {
	require.Contains(c.t, c.do(http.StatusOK, http.MethodGet, "/openapi.yaml", "").body, "openapi: 3.1.0")
	page := c.do(http.StatusOK, http.MethodGet, "/docs", "")
	require.NotContains(c.t, page.body, "//cdn", "the page needs no internet")
	c.do(http.StatusOK, http.MethodGet, "/docs/problems", "")
	c.do(http.StatusOK, http.MethodGet, "/docs/swagger-ui.css", "")
	for _, path := range []string{"/health", "/health/live", "/health/ready", "/metrics"} {
		c.do(http.StatusOK, http.MethodGet, path, "")
	}
}

func (c *restClient) liveCalls(call *lab.Call) {
	var list struct{ Calls []details }
	c.read("/v1/calls", &list)
	require.Len(c.t, list.Calls, 2)
	var one details
	c.read("/v1/calls/"+call.Callee.ID, &one)
	require.Equal(c.t, "410", one.Extension)
	var found struct {
		Picked     details
		Candidates []struct {
			Kept bool
			Why  string
		}
	}
	c.read("/v1/resolve?channel=410", &found)
	require.Equal(c.t, call.Callee.ID, found.Picked.UniqueID)
	require.Len(c.t, found.Candidates, 1)
	c.do(http.StatusNotFound, http.MethodGet, "/v1/resolve?channel=499", "")
}

// recordings starts one, leaves a second out, and stops it; then its call ends.
func (c *restClient) recordings(call *lab.Call) string {
	const start = `{"channel": "410", "tag": "order 22"}`
	first := c.do(http.StatusCreated, http.MethodPost, "/v1/recordings", start, "Idempotency-Key", "k1")
	id := strings.TrimPrefix(first.header.Get("Location"), "/v1/recordings/")
	again := c.do(http.StatusCreated, http.MethodPost, "/v1/recordings", start, "Idempotency-Key", "k1")
	require.Equal(c.t, first.header.Get("Location"), again.header.Get("Location"))
	c.do(http.StatusOK, http.MethodPost, "/v1/recordings", start)
	c.do(http.StatusUnprocessableEntity, http.MethodPost, "/v1/recordings", `{"channel": "410", "tag": "23"}`, "Idempotency-Key", "k1")
	c.do(http.StatusConflict, http.MethodPost, "/v1/recordings", `{"channel": "410", "tag": "23"}`)

	c.speak(time.Second)
	require.Equal(c.t, "paused", c.control(id, "pause"))
	require.Equal(c.t, "paused", c.control(id, "pause"))
	c.do(http.StatusConflict, http.MethodGet, "/v1/recordings/"+id+"/audio", "") // takes a moment: the call may be about to end
	c.speak(2 * time.Second)
	require.Equal(c.t, "recording", c.control(id, "resume"))
	c.speak(time.Second)
	c.control(id, "stop")
	c.control(id, "stop")
	c.do(http.StatusConflict, http.MethodPost, "/v1/recordings/"+id+"/pause", "")
	c.hangUp(call)
	return id
}

func (c *restClient) audio(id string, call *lab.Call) {
	var r details
	require.Eventually(c.t, func() bool {
		c.read("/v1/recordings/"+id, &r)
		return r.State == "available"
	}, 10*time.Second, 50*time.Millisecond)
	path := "/v1/recordings/" + id + "/audio"
	whole := c.do(http.StatusOK, http.MethodGet, path, "")
	require.Equal(c.t, r.SHA256, fmt.Sprintf("%x", sha256.Sum256([]byte(whole.body))))
	wav, err := tone.ReadWAV([]byte(whole.body))
	require.NoError(c.t, err)
	c.holds(wav, call.Caller.Tone, call.Callee.Tone)
	require.InDelta(c.t, 2.0, length(wav).Seconds(), 0.25, "the two seconds of the pause are left out")
	require.InDelta(c.t, length(wav).Milliseconds(), *r.Duration, 1)

	head := c.do(http.StatusOK, http.MethodHead, path, "")
	require.Equal(c.t, fmt.Sprint(len(whole.body)), head.header.Get("Content-Length"))
	require.Equal(c.t, whole.body[44:144], c.do(http.StatusPartialContent, http.MethodGet, path, "", "Range", "bytes=44-143").body)
	c.do(http.StatusNotModified, http.MethodGet, path, "", "If-None-Match", whole.header.Get("ETag"))
	c.do(http.StatusRequestedRangeNotSatisfiable, http.MethodGet, path, "", "Range", "bytes=999999999-")
	legacy := c.fetch(legacyPath+"?method=retrieve&tag=order+22&username=fred&format=wav", http.Header{"X-Api-Key": {c.secret}})
	require.True(c.t, bytes.Equal([]byte(whole.body), []byte(legacy.body)), "both doors hand out the same bytes")
}

func (c *restClient) trails(id string, call *lab.Call) {
	var list struct{ Recordings []details }
	for _, filter := range []string{"tag=order%2022", "extension=410", "uniqueid=" + call.Callee.ID, "state=available", "from=2020-01-01T00:00:00Z", "node=default"} {
		c.read("/v1/recordings?"+filter, &list)
		require.Len(c.t, list.Recordings, 1, filter)
		require.Equal(c.t, id, list.Recordings[0].ID)
	}
	c.read("/v1/recordings?tag=order", &list)
	require.Empty(c.t, list.Recordings, "tags are compared whole")
	require.Contains(c.t, c.do(http.StatusOK, http.MethodGet, "/v1/recordings", "", "Accept", "text/csv").body, id)

	var timeline struct {
		Events []struct{ Kind, State, Actor string }
	}
	c.read("/v1/recordings/"+id+"/events", &timeline)
	var kinds []string
	for _, e := range timeline.Events {
		kinds = append(kinds, e.Kind)
	}
	require.Subset(c.t, kinds, []string{"requested", "started", "paused", "resumed", "stop_requested", "ended", "archived"})
	require.Equal(c.t, "console", timeline.Events[0].Actor)

	type callRecord struct {
		ExternalReference string `json:"external_reference"`
		Legs              []details
	}
	var calls struct {
		CallRecords []callRecord `json:"call_records"`
	}
	c.read("/v1/call-records", &calls)
	require.Len(c.t, calls.CallRecords, 1)
	for _, leg := range []string{call.Callee.ID, call.Caller.ID} {
		var one callRecord
		c.read("/v1/call-records/"+url.PathEscape(leg), &one)
		require.Equal(c.t, "order 22", one.ExternalReference)
		require.Len(c.t, one.Legs, 2)
	}
}

func (c *restClient) lifecycle(id string) {
	path := "/v1/recordings/" + id
	c.do(http.StatusOK, http.MethodPatch, path, `{"private": true, "legal_hold": true, "tag": "order 23"}`)
	c.do(http.StatusForbidden, http.MethodGet, path+"/audio", "")
	c.do(http.StatusConflict, http.MethodDelete, path, "")
	c.do(http.StatusConflict, http.MethodDelete, path+"?erase=true", "")
	c.do(http.StatusOK, http.MethodPatch, path, `{"private": false, "legal_hold": false}`)
	c.do(http.StatusNoContent, http.MethodDelete, path, "")
	c.do(http.StatusGone, http.MethodGet, path+"/audio", "")
	require.Equal(c.t, http.StatusGone, c.fetch(legacyPath+"?method=retrieve&tag=order+23&username=fred", http.Header{"X-Api-Key": {c.secret}}).status)
	c.control(id, "restore")
	c.do(http.StatusOK, http.MethodGet, path+"/audio", "")
	c.do(http.StatusNoContent, http.MethodDelete, path+"?erase=true", "")
	c.do(http.StatusGone, http.MethodGet, path+"/audio", "")
	c.do(http.StatusGone, http.MethodPost, path+"/restore", "")
	var r details
	c.read(path, &r)
	require.NotEmpty(c.t, r.SHA256, "what was measured stays known")

	var trail struct {
		Entries []struct{ Action, Key, Outcome, Address string } `json:"entries"`
	}
	c.read("/v1/audit?recording="+id, &trail)
	done := map[string]bool{}
	for _, e := range trail.Entries {
		require.Equal(c.t, "console", e.Key)
		require.Equal(c.t, "127.0.0.1", e.Address)
		done[e.Action+" "+e.Outcome] = true
	}
	for _, deed := range []string{
		"start ok", "pause ok", "resume ok", "stop ok", "play ok", "play private", "retrieve ok", "tag ok", "private ok", "legal_hold ok",
		"delete legal_hold", "delete ok", "restore ok", "erase ok", "play deleted",
	} {
		require.True(c.t, done[deed], "%s is not in the audit trail: %v", deed, done)
	}
}

// oldDoor calls the legacy address by GET and by SOAP.
func (c *restClient) oldDoor() {
	call := c.call(lab.CallOptions{})
	c.do(http.StatusOK, http.MethodGet, legacyPath+"?method=start&extenOrUniqueId=410&tag=old", "", "Accept", "application/json")
	envelope := `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
		`<stop xmlns="urn:njadmin-api-recording"><extenOrUniqueId>410</extenOrUniqueId></stop></soapenv:Body></soapenv:Envelope>`
	c.do(http.StatusOK, http.MethodPost, legacyPath, envelope, "Content-Type", "text/xml; charset=utf-8", "SOAPAction", `""`)
	c.do(http.StatusOK, http.MethodGet, legacyPath+"?wsdl", "")
	c.hangUp(call)
}
