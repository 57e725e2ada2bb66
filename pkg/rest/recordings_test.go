package rest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

const startBody = `{"channel":"410","tag":"22"}`

func TestStart(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active), created: true}
	s := serve(t, f, Options{})
	r := s.ask("POST", "/v1/recordings", `{"channel":"410","tag":"Ännie \ud83d\ude00","node":"default"}`)
	require.Equal(t, http.StatusCreated, r.StatusCode)
	require.Equal(t, "/v1/recordings/"+someID, r.Header.Get("Location"))
	require.Equal(t, "recording", r.json()["state"])
	require.Equal(t, []any{recording.StartRequest{Channel: "410", Tag: "Ännie 😀", Node: "default", By: someActor}}, f.asked)

	f.created = false
	r = s.ask("POST", "/v1/recordings", startBody, "Content-Type", "application/json; charset=UTF-8")
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Equal(t, "/v1/recordings/"+someID, r.Header.Get("Location"))
	require.Equal(t, someID, r.json()["id"])
}

func TestLinksAreThoseOfThePublicURL(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active), recordings: many(3)}
	s := serve(t, f, Options{PublicURL: "https://recorder.example.org/x/"})
	r := s.ask("POST", "/v1/recordings", startBody)
	require.Equal(t, "https://recorder.example.org/x/v1/recordings/"+someID, r.Header.Get("Location"))
	r = s.get("/v1/recordings?limit=2")
	require.True(t, strings.HasPrefix(r.Header.Get("Link"), "<https://recorder.example.org/x/v1/recordings?cursor="), r.Header)
}

// However its JSON was written, a request is the same; anything else about it makes it another.
func TestIdempotencyKeys(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active), created: true}
	s := serve(t, f, Options{})
	once := func(body, key string) recording.Once {
		require.Equal(t, http.StatusCreated, s.ask("POST", "/v1/recordings", body, "Idempotency-Key", key).StatusCode)
		return f.asked[0].(recording.StartRequest).Once
	}
	first := once(startBody, "k-1")
	require.Equal(t, "k-1", first.Key)
	require.Equal(t, first, once(` { "tag" : "2\u0032", "channel":"410"}`, "k-1"))
	require.NotEqual(t, first.Request, once(`{"channel":"410","tag":"23"}`, "k-1").Request)
	require.NotEqual(t, first.Request, once(`{"channel":"410","tag":"22","node":"default"}`, "k-1").Request)
	require.Equal(t, first.Request, once(startBody, strings.Repeat("~", 255)).Request)
	for _, key := range []string{" ", "a b", "a\tb", "ä", strings.Repeat("k", 256), "one\ntwo"} {
		require.Contains(t, s.ask("POST", "/v1/recordings", startBody, "Idempotency-Key", key).problem("invalid")["detail"], "Idempotency-Key", key)
	}
	f.err = &recording.Error{Code: recording.CodeKeyReused, Detail: "used"}
	s.ask("POST", "/v1/recordings", startBody, "Idempotency-Key", "k-1").problem("key_reused")
}

func TestGet(t *testing.T) {
	f := &fake{recording: someRecording(recording.Available)}
	r := serve(t, f, Options{}).get("/v1/recordings/" + someID).json()
	require.Equal(t, []any{someID}, f.asked)
	require.EqualValues(t, 60000, r["duration_ms"])
	require.Equal(t, "2026-11-23T07:17:02.694Z", r["started_at"])
}

// An id that cannot be one is answered without a question to the database, and not repeated to the client.
func TestImpossibleIDs(t *testing.T) {
	f := &fake{}
	s := serve(t, f, Options{})
	for _, id := range []string{"x", strings.ToUpper(someID), someID + "0", "81k9z8x7w6v5t4s3r2q1p0n9m8", "01k9z8x7w6v5t4s3r2q1p0n9mu", "%00%0a"} {
		require.NotContains(t, s.get("/v1/recordings/" + id).problem("no_recording")["detail"], "\n")
	}
	for method, path := range map[string]string{"PATCH": "", "DELETE": "", "POST": "/stop", "GET": "/audio"} {
		s.ask(method, "/v1/recordings/nonsense"+path, "").problem("no_recording")
	}
	s.get("/v1/recordings/nonsense/events").problem("no_recording")
	require.Empty(t, f.asked)
}

func TestAmend(t *testing.T) {
	f := &fake{recording: someRecording(recording.Available)}
	s := serve(t, f, Options{})
	amended := func(body, kind string) recording.Amendment {
		require.Equal(t, http.StatusOK, s.ask("PATCH", "/v1/recordings/"+someID, body, "Content-Type", kind).StatusCode)
		return f.asked[0].(recording.Amendment)
	}
	a := amended(`{"tag":"23","legal_hold":false}`, "application/merge-patch+json")
	require.Equal(t, recording.Control{ID: someID, By: someActor}, a.Control)
	require.Equal(t, "23", *a.Tag)
	require.False(t, *a.LegalHold)
	require.Nil(t, a.Private)
	a = amended(`{"private":true}`, "application/json")
	require.True(t, *a.Private)
	require.Nil(t, a.Tag)
	a = amended(`{}`, "application/json")
	require.Equal(t, recording.Amendment{Control: a.Control}, a)
}

func TestControls(t *testing.T) {
	f := &fake{recording: someRecording(recording.Available)}
	s := serve(t, f, Options{})
	for path, method := range map[string]string{"stop": "end", "pause": "pause", "resume": "resume", "restore": "restore"} {
		for _, body := range []string{"", "{}", " {\n} "} {
			r := s.ask("POST", "/v1/recordings/"+someID+"/"+path, body)
			require.Equal(t, someID, r.json()["id"])
			require.Equal(t, []any{method, recording.Control{ID: someID, By: someActor}}, f.asked)
		}
		detail := s.ask("POST", "/v1/recordings/"+someID+"/"+path, `{"when":"now"}`).problem("invalid")["detail"]
		require.Equal(t, `unknown field "when"; this request takes none`, detail)
	}
}

func TestDelete(t *testing.T) {
	f := &fake{}
	s := serve(t, f, Options{})
	for query, method := range map[string]string{"": "delete", "?erase=false": "delete", "?erase=true": "erase"} {
		r := s.ask("DELETE", "/v1/recordings/"+someID+query, "")
		require.Equal(t, http.StatusNoContent, r.StatusCode)
		require.Empty(t, r.body)
		require.Equal(t, []any{method, recording.Control{ID: someID, By: someActor}}, f.asked)
	}
	f.asked = nil
	s.ask("DELETE", "/v1/recordings/"+someID+"?erase=1", "").problem("invalid")
	s.ask("DELETE", "/v1/recordings/"+someID+"?erase=true&erase=true", "").problem("invalid")
	s.ask("DELETE", "/v1/recordings/"+someID, `{"erase":true}`).problem("invalid")
	require.Empty(t, f.asked)
}

func TestEraseNeedsMoreThanDelete(t *testing.T) {
	f := &fake{}
	refusal := &recording.Error{Code: api.CodeForbidden, Detail: "not you"}
	s := serve(t, f, Options{May: func(_ echo.Context, scope access.Scope) error {
		require.Equal(t, access.Admin, scope)
		return refusal
	}})
	require.Equal(t, http.StatusNoContent, s.ask("DELETE", "/v1/recordings/"+someID, "").StatusCode)
	require.Empty(t, f.denied)
	f.asked = nil
	require.Equal(t, "not you", s.ask("DELETE", "/v1/recordings/"+someID+"?erase=true", "").problem("forbidden")["detail"])
	require.Empty(t, f.asked)
	require.Equal(t, []recording.AuditEntry{{
		Action: recording.ActionDenied, Actor: someActor, RecordingID: someID, Outcome: "forbidden",
		Subject: "DELETE /v1/recordings/:id?erase=true",
	}}, f.denied)
}

func TestList(t *testing.T) {
	f := &fake{recordings: many(3)}
	s := serve(t, f, Options{})
	r := s.get("/v1/recordings").json()
	require.Len(t, r["recordings"], 3)
	require.Nil(t, r["next_cursor"])
	require.Equal(t, []any{recording.Filter{NotDeleted: true}, recording.Page{Limit: 51}}, f.asked)

	s.get("/v1/recordings?tag=22&uniqueid=u&linkedid=l&extension=410&node=n&state=available&state=failed&state=paused&state=failed" +
		"&from=2026-11-23&to=2026-11-23T12:00:00%2B02:00&deleted=include&limit=1000")
	require.Equal(t, []any{recording.Filter{
		Tag: "22", UniqueID: "u", LinkedID: "l", Extension: "410", Node: "n",
		States: []recording.State{recording.Available, recording.Failed, recording.Paused},
		From:   time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
	}, recording.Page{Limit: 1001}}, f.asked)

	s.unchecked("/v1/recordings?state=available,failed&state=paused")
	require.Equal(t, []recording.State{recording.Available, recording.Failed, recording.Paused}, f.asked[0].(recording.Filter).States)

	f.recordings = nil
	require.Contains(t, s.get("/v1/recordings?tag=23").body, `"recordings":[]`)
}

// A + that was not encoded is what shells and scripts send.
func TestTimesInQueries(t *testing.T) {
	f := &fake{}
	s := serve(t, f, Options{})
	for text, want := range map[string]time.Time{
		"2026-11-23":                    time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		"2026-11-23T07:17:02.694Z":      began,
		"2026-11-23t07:17:02.694z":      began,
		"2026-11-23T09:17:02.694+02:00": began,
		"0001-01-01":                    {}, // what others write where they mean no bound
		"0001-01-01T10:00:00%2B10:00":   {},
		"9999-12-31T23:59:59Z":          time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		require.Equal(t, http.StatusOK, s.get("/v1/recordings?from="+text).StatusCode, text)
		require.Equal(t, want, f.asked[0].(recording.Filter).From, text)
	}
	f.asked = nil
	for _, query := range []string{
		"from=", "from=yesterday", "from=2026-11-23T07:17:02", "from=2026-02-30", "from=2026-11-23T25:00:00Z", "from=0000-01-01T00:00:00Z",
		"from=1795418220", "from=2026-11-23&to=2026-11-23", "from=2026-11-24&to=2026-11-23", "from=0000-01-01", "to=0000-12-31",
		"from=0001-01-01T00:00:00%2B10:00", "to=9999-12-31T23:59:59-01:00", "to=0001-01-01", "from=0001-01-01&to=0001-01-01",
	} {
		for _, path := range []string{"/v1/recordings", "/v1/call-records", "/v1/audit"} {
			s.get(path + "?" + query).problem("invalid")
		}
	}
	require.Empty(t, f.asked)
}

func TestFiltersThatMeanNothingAreRefused(t *testing.T) {
	f := &fake{}
	s := serve(t, f, Options{})
	for query, reason := range map[string]string{
		"tags=22":                              `unknown query parameter "tags"; this address takes tag, uniqueid`,
		"TAG=22":                               `unknown query parameter "TAG"`,
		"apiKey=secret":                        `unknown query parameter "apiKey"`,
		"a%0Ab=1":                              `"a\nb"`,
		"tag=":                                 "tag is empty",
		"tag":                                  "tag is empty",
		"tag=1&tag=2":                          "tag is given more than once",
		"tag=%FF":                              "not valid UTF-8",
		"tag=a%00b":                            "holds a control character",
		"tag=" + strings.Repeat("%C3%A4", 256): "longer than 255 characters",
		"tag=1;state=failed":                   "cannot be read",
		"tag=%zz":                              "cannot be read",
		"state=running":                        `state is starting, recording, paused, stopping, archiving, available or failed, not "running"`,
		"state=available,":                     `not ""`,
		"deleted=true":                         "deleted=include",
		"limit=0":                              "from 1 to 1000",
		"limit=1001":                           "from 1 to 1000",
		"limit=-1":                             "from 1 to 1000",
		"limit=1e3":                            "from 1 to 1000",
		"limit=+7":                             "from 1 to 1000",
		"limit=007":                            "from 1 to 1000",
		"limit=99999999999999999999":           "from 1 to 1000",
	} {
		detail := s.get("/v1/recordings?" + query).problem("invalid")["detail"]
		require.Contains(t, detail, reason, query)
		require.NotContains(t, detail, "secret")
	}
	require.Empty(t, f.asked)
	for _, path := range []string{"/" + someID, "/" + someID + "/audio", "/" + someID + "/events"} {
		s.get("/v1/recordings" + path + "?tag=22").problem("invalid")
	}
	s.ask("POST", "/v1/recordings?tag=22", startBody).problem("invalid")
	require.Empty(t, f.asked)
}

// many makes recordings, newest first; of two at a time that of the greater Seq is the newer.
func many(n int) []*recording.Recording {
	list := make([]*recording.Recording, n)
	for i := range list {
		r := someRecording(recording.Available)
		r.Seq = int64(n - i)
		r.CreatedAt = began.Add(time.Duration(r.Seq/2) * time.Microsecond)
		list[i] = r
	}
	return list
}

func TestErrorsOfTheDomainAreTold(t *testing.T) {
	f := &fake{err: &recording.Error{
		Code: recording.CodeAmbiguous, Detail: "several\ncalls", Candidates: []recording.Candidate{{Node: "a", UniqueID: "1.0"}, {Node: "b", UniqueID: "2.0"}}, RecordingID: someID,
	}}
	s := serve(t, f, Options{})
	p := s.ask("POST", "/v1/recordings", startBody).problem("ambiguous")
	require.Equal(t, "several calls", p["detail"])
	require.Equal(t, []any{map[string]any{"node": "a", "uniqueid": "1.0"}, map[string]any{"node": "b", "uniqueid": "2.0"}}, p["candidates"])
	require.Equal(t, someID, p["recording_id"])

	f.err = &recording.Error{Code: recording.CodeDatabase, Detail: "later", RetryAfter: 1500 * time.Millisecond, Err: errors.New("dial tcp 10.0.0.1")}
	r := s.get("/v1/recordings/" + someID)
	require.EqualValues(t, 2, r.problem("database_unavailable")["retry_after"])
	require.Equal(t, "2", r.Header.Get("Retry-After"))
	require.NotContains(t, r.body, "10.0.0.1")
	require.Contains(t, s.log.String(), "10.0.0.1")

	f.err = errors.New("SELECT failed")
	r = s.get("/v1/recordings/" + someID)
	r.problem("internal")
	require.NotContains(t, r.body, "SELECT")
	require.Contains(t, s.log.String(), "level=ERROR")
}
