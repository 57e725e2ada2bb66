package app_test

import (
	"encoding/json"
	"encoding/xml"
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

	"ari-recorder/pkg/asterisk/asterisktest"
)

// question is what three doors are asked, each in its own way, and the row of the contract's table that must come of it.
type question struct {
	name   string
	status int
	code   string   // as REST and SOAP tell it
	key    string   // empty: none is shown
	legacy []string // method, and then names and values
	rest   []string // HTTP method, path and body; none: REST has no such question
}

// ask puts the question to every door. GET and REST answer with the status itself, SOAP 1.1 with 500 and a fault that holds it,
// unless credentials are the matter; all give the reason in a line.
func (q question) ask(s *site) {
	s.t.Helper()
	get, line, header := s.exchange(http.MethodGet, legacyAddress+"?"+q.query(), "", q.key)
	require.Equal(s.t, q.status, get, "%s by GET: %s", q.name, line)
	require.Len(s.t, strings.Split(strings.TrimSuffix(line, "\n"), "\n"), 1, q.name)
	retryable := q.status == http.StatusTooManyRequests || q.status == http.StatusServiceUnavailable
	require.Equal(s.t, retryable, header.Get("Retry-After") != "", "%s by GET: Retry-After", q.name)

	status, body, header := s.exchange(http.MethodPost, legacyAddress, q.envelope(), q.key)
	want := http.StatusInternalServerError
	if q.code == "unauthorized" || q.code == "forbidden" || q.code == "rate_limited" {
		want = q.status // of HTTP, before any method is called
	}
	require.Equal(s.t, want, status, "%s by SOAP: %s", q.name, body)
	var fault struct {
		Reason string `xml:"Body>Fault>faultstring"`
		Code   string `xml:"Body>Fault>detail>error>code"`
		Status int    `xml:"Body>Fault>detail>error>status"`
	}
	require.NoError(s.t, xml.Unmarshal([]byte(body), &fault), body)
	require.Equal(s.t, q.code, fault.Code, "%s by SOAP: %s", q.name, body)
	require.Equal(s.t, q.status, fault.Status, q.name)
	require.NotEmpty(s.t, fault.Reason, q.name)
	require.Equal(s.t, retryable, header.Get("Retry-After") != "", "%s by SOAP: Retry-After", q.name)

	if q.rest == nil {
		return
	}
	status, body, header = s.exchange(q.rest[0], q.rest[1], q.rest[2], q.key)
	require.Equal(s.t, q.status, status, "%s by REST: %s", q.name, body)
	require.Equal(s.t, "application/problem+json", header.Get("Content-Type"), q.name)
	var problem struct {
		Code, Detail string
		Status       int
	}
	require.NoError(s.t, json.Unmarshal([]byte(body), &problem), body)
	require.Equal(s.t, q.code, problem.Code, "%s by REST: %s", q.name, body)
	require.Equal(s.t, q.status, problem.Status, q.name)
	require.NotEmpty(s.t, problem.Detail, q.name)
	require.Equal(s.t, retryable, header.Get("Retry-After") != "", "%s by REST: Retry-After", q.name)
}

func (q question) query() string {
	query := url.Values{"method": {q.legacy[0]}}
	for i := 1; i+1 < len(q.legacy); i += 2 {
		query.Set(q.legacy[i], q.legacy[i+1])
	}
	return query.Encode()
}

func (q question) envelope() string {
	var parts strings.Builder
	for i := 1; i+1 < len(q.legacy); i += 2 {
		fmt.Fprintf(&parts, "<%[1]s>%[2]s</%[1]s>", q.legacy[i], q.legacy[i+1])
	}
	return fmt.Sprintf(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:%[1]s xmlns:m="urn:njadmin-api-recording">%[2]s</m:%[1]s></s:Body></s:Envelope>`,
		q.legacy[0], parts.String())
}

// exchange sends a body, if there is one, as what it looks like.
func (s *site) exchange(method, path, body, key string) (int, string, http.Header) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	switch {
	case strings.HasPrefix(body, "<"):
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("X-API-Key", key)
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close() //nolint:errcheck // it was only read
	said, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(said), response.Header
}

const start = "/v1/recordings"

// startOf asks for a recording in both tongues.
func startOf(name string, status int, code, key, channel, tag string) question {
	return question{
		name: name, status: status, code: code, key: key, legacy: []string{"start", "extenOrUniqueId", channel, "tag", tag},
		rest: []string{http.MethodPost, start, fmt.Sprintf(`{"channel":%q,"tag":%q}`, channel, tag)},
	}
}

// audioOf asks for the audio of a tag's one recording in both tongues.
func audioOf(name string, status int, code, user, tag, id string) question {
	return question{
		name: name, status: status, code: code, key: "admin", legacy: []string{"retrieve", "tag", tag, "username", user},
		rest: []string{http.MethodGet, start + "/" + id + "/audio?username=" + user, ""},
	}
}

// The contract's table of statuses, row by row, through GET, SOAP and REST, on the service as a whole.
func TestTheTableOfStatuses(t *testing.T) {
	users := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	require.NoError(t, os.WriteFile(users, []byte("access:\n  users:\n  - {username: fred}\n  - {username: ann, tags: [other]}\n"), 0o600))
	s := open(t, keyFile(t), "FILE="+users)
	s.ready()
	s.live("1.1", "410", "Up")
	s.live("2.1", "420", "Ringing")
	s.live("3.1", "430", "Up")
	s.live("3.2", "430", "Up")
	running := s.started("410", "running")
	for _, q := range []question{
		startOf("empty tag", 400, "invalid", "admin", "410", ""),
		{"unknown method", 400, "invalid", "admin", []string{"begin", "tag", "22"}, []string{http.MethodPost, start, `{"begin":"410"}`}},
		startOf("no credentials", 401, "unauthorized", "", "410", "22"),
		startOf("wrong credentials", 401, "unauthorized", "nonsense", "410", "22"),
		startOf("weak credentials", 403, "forbidden", "retrieve", "410", "22"),
		startOf("wrong network", 403, "forbidden", "elsewhere", "410", "22"),
		startOf("no live channel", 404, "no_channel", "admin", "499", "22"),
		audioOf("no such recording", 404, "no_recording", "fred", "nothing", "01k9z8x7w6v5t4s3r2q1p0n9m8"),
		{"no such uniqueid", 404, "no_recording", "admin", []string{"retrieveByUniqueId", "uniqueId", "9.9", "username", "fred"}, nil},
		startOf("ringing", 409, "not_answered", "admin", "420", "22"),
		startOf("several candidates", 409, "ambiguous", "admin", "430", "22"),
		startOf("another tag", 409, "other_tag", "admin", "410", "22"),
		{"never recorded", 409, "not_recorded", "admin", []string{"stop", "extenOrUniqueId", "3.1"}, nil},
		audioOf("in progress", 409, "call_in_progress", "fred", "running", running),
	} {
		q.ask(s)
	}
	require.Len(t, s.snoops(), 2, "nothing was started by mistake: what the one says, and what it hears")

	s.exchange(http.MethodPost, start+"/"+running+"/stop", "", "admin")
	s.pbx.HangUp("1.1")
	s.becomes(running, "available")
	audioOf("username not allowed", 403, "user_not_allowed", "ann", "running", running).ask(s)
	s.exchange(http.MethodPatch, start+"/"+running, `{"private":true}`, "admin")
	audioOf("private", 403, "private", "fred", "running", running).ask(s)
	s.exchange(http.MethodPatch, start+"/"+running, `{"private":false}`, "admin")
	s.exchange(http.MethodDelete, start+"/"+running, "", "admin")
	audioOf("deleted", 410, "deleted", "fred", "running", running).ask(s)

	s.live("4.1", "440", "Up")
	failed := s.started("440", "failed")
	stored := make(chan struct{})
	s.pbx.Inject(asterisktest.Fault{Method: http.MethodGet, Path: "/file", Times: -1, Until: stored})
	s.exchange(http.MethodPost, start+"/"+failed+"/stop", "", "admin")
	for _, name := range []string{"ari-recorder-" + failed, "ari-recorder-" + failed + "-1"} {
		s.pbx.SetFile(name, "wav", []byte("no audio"))
	}
	s.pbx.HangUp("4.1")
	audioOf("not stored yet", 503, "not_stored_yet", "fred", "failed", failed).ask(s)
	close(stored)
	s.becomes(failed, "failed")
	audioOf("failed", 422, "recording_failed", "fred", "failed", failed).ask(s)
}

func TestTheTableOfStatusesWhereSomethingIsFullOrAway(t *testing.T) {
	t.Run("too many recordings", func(t *testing.T) {
		s := open(t, keyFile(t), "RECORDING_MAX_ACTIVE=1")
		s.ready()
		s.live("1.1", "410", "Up")
		s.live("2.1", "420", "Up")
		s.started("410", "one")
		startOf("max_active", 429, "too_many", "admin", "420", "two").ask(s)
	})
	t.Run("too many requests", func(t *testing.T) {
		s := open(t, keyFile(t), "LIMITS_PER_KEY=0.001/1")
		s.exchange(http.MethodGet, "/metrics", "", "admin")
		startOf("rate", 429, "rate_limited", "admin", "410", "22").ask(s)
	})
	t.Run("no Asterisk", func(t *testing.T) {
		s := open(t, keyFile(t))
		s.ready()
		s.pbx.SetBooting(true)
		s.pbx.CutEvents()
		require.Eventually(t, func() bool { status, _ := s.get("/health/ready"); return status == 503 }, 10*time.Second, 10*time.Millisecond)
		startOf("no Asterisk", 503, "asterisk_unavailable", "admin", "410", "22").ask(s)
	})
	t.Run("no database", func(t *testing.T) {
		s := open(t, keyFile(t), "DATABASE_URL=mysql://u:p@127.0.0.1:1/x")
		s.live("1.1", "410", "Up")
		require.Eventually(t, func() bool {
			status, _, _ := s.exchange(http.MethodGet, "/v1/calls/1.1", "", "admin")
			return status == 200
		}, 10*time.Second, 10*time.Millisecond)
		startOf("no database", 503, "database_unavailable", "admin", "410", "22").ask(s)
		audioOf("no database", 503, "database_unavailable", "fred", "22", "01k9z8x7w6v5t4s3r2q1p0n9m8").ask(s)
	})
}

// live makes a channel, of which the service hears soon.
func (s *site) live(uniqueID, extension, state string) {
	s.t.Helper()
	s.pbx.AddChannel(asterisktest.Channel{ID: uniqueID, Name: "PJSIP/" + extension + "-0000000" + uniqueID[:1], State: state})
}

// started makes a recording and returns its id.
func (s *site) started(extension, tag string) (id string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		_, body, header := s.exchange(http.MethodPost, start, fmt.Sprintf(`{"channel":%q,"tag":%q}`, extension, tag), "admin")
		id = strings.TrimPrefix(header.Get("Location"), start+"/")
		return id != "" || !strings.Contains(body, "no_channel")
	}, 10*time.Second, 10*time.Millisecond)
	require.NotEmpty(s.t, id)
	return id
}

// becomes waits for a recording's state, of which no event tells outside.
func (s *site) becomes(id, state string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		_, body, _ := s.exchange(http.MethodGet, start+"/"+id, "", "admin")
		return strings.Contains(body, `"state":"`+state+`"`)
	}, 10*time.Second, 10*time.Millisecond)
}

// snoops are the snoop channels that live.
func (s *site) snoops() (names []string) {
	for _, name := range s.pbx.Channels() {
		if strings.HasPrefix(name, "ari-recorder-") {
			names = append(names, name)
		}
	}
	return names
}
