package resttest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/rest/resttest"
)

// said is a server that answers everything in the same way.
func said(t *testing.T, status int, kind, body string) (*resttest.Validator, func(method, path, body string) error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Request-Id", "1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	v, err := resttest.New(server.Client().Transport)
	require.NoError(t, err)
	return v, func(method, path, body string) error {
		var r io.Reader
		if body != "" {
			r = strings.NewReader(body)
		}
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, r)
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		answer, err := (&http.Client{Transport: v}).Do(req)
		if err != nil {
			return err
		}
		_, err = io.ReadAll(answer.Body)
		require.NoError(t, answer.Body.Close())
		return err
	}
}

func TestWhatIsInTheDocumentPassesAndCounts(t *testing.T) {
	v, ask := said(t, 200, "application/json", `{"calls":[]}`)
	require.NoError(t, ask("GET", "/v1/calls?node=default", ""))
	require.Equal(t, []string{"listCalls"}, v.Exercised())
	require.NotContains(t, v.Missing(), "listCalls")
	require.Len(t, v.Missing(), len(v.Operations())-1)
}

func TestAnswersOutsideTheDocumentAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		status             int
		kind, body, reason string
	}{
		"an unknown member":      {200, "application/json", `{"calls":[],"more":1}`, "additional"},
		"a missing member":       {200, "application/json", `{}`, "missing"},
		"another type":           {200, "application/json", `{"calls":"none"}`, "array"},
		"no JSON":                {200, "application/json", `{"calls":`, "decoded"},
		"another media type":     {200, "text/html", `<p>`, "text/html"},
		"an undocumented status": {202, "application/json", `{"calls":[]}`, "202"},
	} {
		t.Run(name, func(t *testing.T) {
			v, ask := said(t, c.status, c.kind, c.body)
			require.ErrorContains(t, ask("GET", "/v1/calls", ""), c.reason)
			require.NotEmpty(t, v.Missing())
		})
	}
}

func TestRequestsCountOnlyIfTheyWereAnsweredAsAsked(t *testing.T) {
	const nonsense = `{"channel":410}`
	_, ask := said(t, 400, "application/problem+json", `{"type":"/docs/problems#invalid","title":"t","status":400,"detail":"d","code":"invalid"}`)
	require.NoError(t, ask("POST", "/v1/recordings", nonsense))
	v, ask := said(t, 200, "application/json", `{}`)
	require.ErrorContains(t, ask("POST", "/v1/recordings", nonsense), "answered as asked")
	require.Empty(t, v.Exercised())
}

func TestUndocumentedAddressesMayOnlyRefuse(t *testing.T) {
	_, ask := said(t, 404, "text/plain", "nothing")
	require.NoError(t, ask("GET", "/nothing", ""))
	_, ask = said(t, 200, "text/plain", "something")
	require.ErrorContains(t, ask("GET", "/nothing", ""), "no such operation")
	require.ErrorContains(t, ask("PUT", "/v1/calls", ""), "no such operation")
}

// The other doors' addresses are in the document, too.
func TestTheLegacyAddress(t *testing.T) {
	const address = "/servicemanager/services/njadmin-api-recording"
	v, ask := said(t, 200, "text/xml; charset=utf-8", "<x/>")
	require.NoError(t, ask("GET", address+"?wsdl", ""))
	require.NoError(t, ask("GET", address+"?wsdl=document", ""))
	require.NoError(t, ask("GET", address+"?method=retrieve&tag=22&username=fred&format=soap&apiKey=k", ""))
	require.Equal(t, []string{"legacy"}, v.Exercised())
	_, ask = said(t, 200, "text/plain; charset=utf-8", "recording …")
	require.NoError(t, ask("GET", address+"?method=start&extenOrUniqueId=410&tag=22", ""))
	require.NoError(t, ask("GET", address, ""))
	_, ask = said(t, 500, "text/xml; charset=utf-8", "<x/>")
	require.NoError(t, ask("POST", address, "<x/>"))
}

// A long recording must not end up in the memory of the tests.
func TestAudioIsNotRead(t *testing.T) {
	body := &counted{}
	v, err := resttest.New(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://test/v1/recordings/01k9z8x7w6v5t4s3r2q1p0n9m8/audio", nil)
	require.NoError(t, err)
	answer, err := v.RoundTrip(req)
	require.NoError(t, err)
	require.Zero(t, body.read)
	require.NoError(t, answer.Body.Close())
}

type counted struct{ read int }

func (c *counted) Read(p []byte) (int, error) {
	c.read += len(p)
	return len(p), nil
}

func (c *counted) Close() error { return nil }

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	h := http.Header{}
	for name, value := range map[string]string{
		"Content-Type": "audio/wav", "Content-Length": "1000000", "X-Request-Id": "1", "Accept-Ranges": "bytes",
		"Content-Disposition": "attachment", "ETag": `"` + strings.Repeat("0", 64) + `"`, "Last-Modified": "Mon, 23 Nov 2026 07:19:02 GMT",
	} {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: h, Body: c, Request: r}, nil
}
