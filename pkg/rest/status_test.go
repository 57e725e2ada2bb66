package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// operations are all that the door can be asked, with the errors of the domain that each may have.
var operations = []struct {
	method, path, body string
	codes              []recording.Code
}{
	{"POST", "/recordings", startBody, []recording.Code{
		recording.CodeInvalid, recording.CodeNoChannel, recording.CodeNotAnswered, recording.CodeAmbiguous, recording.CodeOtherTag,
		recording.CodeTooMany, recording.CodeStorageFull, recording.CodeKeyReused, recording.CodeFailed, recording.CodeAsterisk, recording.CodeDatabase,
	}},
	{"GET", "/recordings", "", []recording.Code{recording.CodeInvalid, recording.CodeDatabase}},
	{"GET", "/recordings/" + someID, "", []recording.Code{recording.CodeNoRecording, recording.CodeDatabase}},
	{"PATCH", "/recordings/" + someID, `{"tag":"23"}`, []recording.Code{
		recording.CodeInvalid, recording.CodeNoRecording, recording.CodeDatabase,
	}},
	{"DELETE", "/recordings/" + someID, "", []recording.Code{
		recording.CodeNoRecording, recording.CodeState, recording.CodeLegalHold, recording.CodeDatabase,
	}},
	{"DELETE", "/recordings/" + someID + "?erase=true", "", []recording.Code{
		recording.CodeNoRecording, recording.CodeState, recording.CodeLegalHold, recording.CodeStorage, recording.CodeAsterisk,
		recording.CodeDatabase,
	}},
	{"POST", "/recordings/" + someID + "/stop", "", []recording.Code{
		recording.CodeNoRecording, recording.CodeFailed, recording.CodeAsterisk, recording.CodeDatabase,
	}},
	{"POST", "/recordings/" + someID + "/pause", "", []recording.Code{
		recording.CodeNoRecording, recording.CodeState, recording.CodeAsterisk, recording.CodeDatabase,
	}},
	{"POST", "/recordings/" + someID + "/resume", "", []recording.Code{
		recording.CodeNoRecording, recording.CodeState, recording.CodeAsterisk, recording.CodeDatabase,
	}},
	{"POST", "/recordings/" + someID + "/restore", "", []recording.Code{
		recording.CodeNoRecording, recording.CodeDeleted, recording.CodeDatabase,
	}},
	{"GET", "/recordings/" + someID + "/audio", "", []recording.Code{
		recording.CodeInvalid, recording.CodeNoRecording, recording.CodePrivate, recording.CodeUserDenied, recording.CodeDeleted,
		recording.CodeFailed, recording.CodeInProgress, recording.CodeNotStored, recording.CodeStorage, recording.CodeDatabase,
	}},
	{"GET", "/recordings/" + someID + "/events", "", []recording.Code{recording.CodeNoRecording, recording.CodeDatabase}},
	{"GET", "/call-records", "", []recording.Code{recording.CodeDatabase}},
	{"GET", "/call-records/1.0", "", []recording.Code{recording.CodeNoCall, recording.CodeDatabase}},
	{"GET", "/calls", "", []recording.Code{recording.CodeInvalid, recording.CodeAsterisk}},
	{"GET", "/calls/1.0", "", []recording.Code{
		recording.CodeNoChannel, recording.CodeAmbiguous, recording.CodeInvalid, recording.CodeAsterisk,
	}},
	{"GET", "/resolve?channel=410", "", []recording.Code{
		recording.CodeInvalid, recording.CodeNoChannel, recording.CodeNotAnswered, recording.CodeAmbiguous, recording.CodeAsterisk,
	}},
	{"GET", "/audit", "", []recording.Code{recording.CodeDatabase}},
}

// The table of statuses through REST: the exchange is held against the document, which must have each of them.
func TestEveryErrorOfEveryOperation(t *testing.T) {
	f := &fake{}
	s := serve(t, f, Options{})
	seen := map[string]bool{}
	for _, o := range operations {
		for _, code := range append(o.codes, recording.CodeInternal) {
			f.err = &recording.Error{Code: code, Detail: "no"}
			p := s.ask(o.method, Prefix+o.path, o.body).problem(string(code))
			require.Equal(t, "no", p["detail"])
			seen[string(code)] = true
		}
	}
	own := map[string]bool{ // of what comes before the domain is asked, or has no place in REST
		api.CodeUnauthorized: true, api.CodeForbidden: true, api.CodeNotFound: true, api.CodeMethodNotAllowed: true,
		api.CodeNotAcceptable: true, api.CodePrecondition: true, api.CodeRange: true, api.CodePayloadTooLarge: true,
		api.CodeUnsupportedType: true, api.CodeRateLimited: true, api.CodeNotImplemented: true, string(recording.CodeNotRecorded): true,
	}
	for _, p := range api.Problems() {
		require.True(t, seen[p.Code] || own[p.Code], p.Code)
	}
}

func TestRefuse(t *testing.T) {
	for _, p := range api.Problems() {
		w := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/v1/nothing", nil), w)
		c.Response().Header().Set(echo.HeaderXRequestID, "REQUEST")
		require.NoError(t, Refuse(c, p, &recording.Error{Detail: "because\r\nof you", RetryAfter: 90 * time.Second}))
		r := reply{w.Result(), t, w.Body.String()}
		require.Equal(t, "because  of you", r.problem(p.Code)["detail"])
		if p.Retryable() {
			require.Equal(t, "90", w.Header().Get("Retry-After"))
		}
	}
	w := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/v1/nothing", nil), w)
	require.NoError(t, Refuse(c, api.ProblemOf(api.CodeNotFound), nil))
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Contains(t, w.Body.String(), `"detail":"There is no such address"`)
}
