package rest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

func TestBodiesThatMeanNothingAreRefused(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active)}
	s := serve(t, f, Options{})
	for body, reason := range map[string]string{
		"":                                  "needs the fields channel and tag",
		"{}":                                "needs the fields channel and tag",
		`{"channel":"410"}`:                 "needs the fields channel and tag",
		`{"channel":410,"tag":"22"}`:        "the field channel is not a string",
		`{"channel":"410","tag":22}`:        "the field tag is not a string",
		`{"channel":"410","tag":["22"]}`:    "the field tag is not a string",
		`{"channel":"410","tag":{"a":"b"}}`: "the field tag is not a string",
		`{"channel":"410","tag":null}`:      "the field tag is not a string",
		`{"channel":"410","tag":"22","node":null}`:  "the field node is not a string",
		`{"channel":"410","tag":"22","node":""}`:    "the field node is empty",
		`{"channel":"410","tag":"22","Tag":"23"}`:   `unknown field "Tag"; this request takes channel, node, tag`,
		`{"channel":"410","tag":"22","more":1}`:     `unknown field "more"`,
		`{"channel":"410","tag":"22","a\u0000b":1}`: `unknown field "a\x00b"`,
		`{"channel":"410","tag":"22","tag":"22"}`:   "the field tag is there twice",
		startBody + startBody:                       "something follows",
		startBody + "x":                             "something follows",
		`[]`:                                        "no JSON object",
		`"410"`:                                     "no JSON object",
		`null`:                                      "no JSON object",
		"\xef\xbb\xbf" + startBody:                  "no JSON object",
		`{"channel":"410","tag":"22"`:               "ends too early",
		`{"channel":"410","tag":"2`:                 "ends too early",
		`{"channel":"410",}`:                        "mistake is at byte",
		`{"channel":"410","tag":"` + "\x01" + `"}`:  "mistake is at byte",
		`{channel:"410"}`:                           "mistake is at byte",
		`{"channel":"410","tag":"` + "\xff" + `"}`:  "not valid UTF-8",
		`{"channel":"410","tag":"\ud800"}`:          "half of a surrogate pair",
		strings.Repeat(`{"a":`, 5000):               `no JSON`,
	} {
		detail := s.ask("POST", "/v1/recordings", body).problem("invalid")["detail"]
		require.Contains(t, detail, reason, body)
	}
	for body, reason := range map[string]string{
		`{"private":"true"}`:  "the field private is not true or false",
		`{"private":1}`:       "the field private is not true or false",
		`{"legal_hold":null}`: "the field legal_hold is not true or false",
		`{"state":"failed"}`:  `unknown field "state"; this request takes legal_hold, private, tag`,
	} {
		detail := s.ask("PATCH", "/v1/recordings/"+someID, body).problem("invalid")["detail"]
		require.Contains(t, detail, reason, body)
	}
	require.Empty(t, f.asked)
}

func TestReplacementCharactersThatWereMeant(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active)}
	s := serve(t, f, Options{})
	for _, tag := range []string{`\uFFFD`, "\uFFFD", `\ufffd` + "\uFFFD"} {
		r := s.ask("POST", "/v1/recordings", `{"channel":"410","tag":"`+tag+`"}`)
		require.Equal(t, http.StatusOK, r.StatusCode, r.body)
	}
}

func TestBodiesOfOtherTypesAreRefused(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active)}
	s := serve(t, f, Options{})
	for _, kind := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=latin1", "json",
		"application/merge-patch+json", "multipart/form-data; boundary=x",
	} {
		s.ask("POST", "/v1/recordings", startBody, "Content-Type", kind).problem("unsupported_type")
		s.ask("POST", "/v1/recordings/"+someID+"/stop", "{}", "Content-Type", kind).problem("unsupported_type")
	}
	s.ask("POST", "/v1/recordings", startBody, "Content-Encoding", "gzip").problem("unsupported_type")
	detail := s.ask("PATCH", "/v1/recordings/"+someID, "{}", "Content-Type", "text/json").problem("unsupported_type")["detail"]
	require.Contains(t, detail, "application/merge-patch+json or application/json")
	require.Empty(t, f.asked)
}

func TestBodiesWithoutEndAreRefused(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active)}
	s := serve(t, f, Options{})
	large := `{"channel":"410","tag":"` + strings.Repeat("x", maxBody) + `"}`
	for _, path := range []string{"/v1/recordings", "/v1/recordings/" + someID + "/stop"} {
		s.ask("POST", path, large).problem("too_large")
	}
	s.ask("PATCH", "/v1/recordings/"+someID, large).problem("too_large")

	body := io.LimitReader(zeros{}, 100<<20) // of unknown length
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/recordings", struct{ io.Reader }{body})
	require.NoError(t, err)
	answer, err := s.Client().Do(req)
	if err == nil { // else the connection was closed before all was sent
		require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
		require.NoError(t, answer.Body.Close())
	}
	require.Empty(t, f.asked)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestAccept(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                       asJSON,
		"*/*":                                    asJSON,
		"*":                                      asJSON, // Java's own client: "text/html, *; q=.2, */*; q=.2"
		"text/html, *; q=.2":                     asJSON,
		"text/csv, *;q=0.1":                      asCSV,
		"application/json":                       asJSON,
		"application/*":                          asJSON,
		"text/csv":                               asCSV,
		"TEXT/CSV; charset=utf-8":                asCSV,
		"text/*":                                 asCSV,
		"text/html, */*;q=0.1":                   asJSON,
		"text/csv, */*;q=0.1":                    asCSV,
		"text/csv;q=0.5, application/json;q=0.4": asCSV,
		"application/json;q=0, */*":              asCSV,
		"application/json;q=0":                   "",
		"text/html":                              "",
		"application/problem+json":               "",
		";;;":                                    asJSON,
	} {
		t.Run(accept, func(t *testing.T) {
			var headers []string
			if accept != "" {
				headers = []string{accept}
			}
			require.Equal(t, want, negotiate(jsonOrCSV, headers))
		})
	}
	require.Equal(t, asCSV, negotiate(jsonOrCSV, []string{"text/html", "text/csv"}))
}

func TestNothingIsDoneForClientsThatCannotReadTheAnswer(t *testing.T) {
	f := &fake{recording: someRecording(recording.Active)}
	s := serve(t, f, Options{})
	for _, path := range []string{"", "/" + someID + "/stop", "/" + someID + "/restore"} {
		detail := s.ask("POST", "/v1/recordings"+path, "", "Accept", "text/csv").problem("not_acceptable")["detail"]
		require.Contains(t, detail, "application/json")
	}
	s.get("/v1/calls", "Accept", "text/csv").problem("not_acceptable")
	require.Contains(t, s.get("/v1/recordings", "Accept", "text/html").problem("not_acceptable")["detail"], "application/json or text/csv")
	require.Empty(t, f.asked)
}

func TestQuotesAreShortAndHarmless(t *testing.T) {
	require.Equal(t, `"a\nb\x1b[2J"`, quote("a\nb\x1b[2J"))
	require.Equal(t, fmt.Sprintf("%q", strings.Repeat("ä", 60)+"…"), quote(strings.Repeat("ä", 1000)))
}
