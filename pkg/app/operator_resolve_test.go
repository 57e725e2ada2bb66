package app

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

// answering is a service that answers everything so, and remembers what it was asked.
type answering struct {
	*httptest.Server
	asked *http.Request
}

func newAnswering(t *testing.T, start func(http.Handler) *httptest.Server, status int, kind, body string) *answering {
	t.Helper()
	a := &answering{}
	a.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked = r
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Location", "https://elsewhere.example/")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(a.Close)
	return a
}

const picked = `{"picked":{"node":"default","uniqueid":"1.1","channel":"PJSIP/410-00000001","state":"Up"},"by":"extension","candidates":[
	{"node":"default","uniqueid":"1.1","channel":"PJSIP/410-00000001","state":"Up","hold":"talking","bridged":true,"kept":true,"why":"the only one left"},
	{"node":"default","uniqueid":"2.1","channel":"PJSIP/410-00000002","state":"Up","hold":"held","bridged":true,"kept":false,"why":"on hold, another is talking"}]}`

const ambiguous = `{"code":"ambiguous","status":409,"title":"x","detail":"several calls on extension 410 cannot be told apart",
	"candidates":[{"uniqueid":"1.1"},{"uniqueid":"2.1"}]}`

func TestResolveShowsWhatAndWhy(t *testing.T) {
	a := newAnswering(t, httptest.NewServer, 200, "application/json; charset=utf-8", picked)
	o := newOperated(t)
	q := ResolveQuery{Channel: "410 & more", Node: "north", URL: a.URL + "/", Key: "arik_x"}
	require.NoError(t, Resolve(t.Context(), q, o.console(false)))
	require.Equal(t, "/v1/resolve", a.asked.URL.Path)
	require.Equal(t, "410 & more", a.asked.URL.Query().Get("channel"))
	require.Equal(t, "north", a.asked.URL.Query().Get("node"))
	require.Equal(t, "Bearer arik_x", a.asked.Header.Get("Authorization"))
	require.True(t, strings.HasPrefix(o.out.String(), "PJSIP/410-00000001, uniqueid 1.1 on node default, found by extension\n"), o.out.String())
	require.Contains(t, o.out.String(), "on hold, another is talking")
	require.NoError(t, Resolve(t.Context(), q, o.console(true)))
	require.JSONEq(t, picked, o.out.String())
}

func TestResolveCannotPick(t *testing.T) {
	a := newAnswering(t, httptest.NewServer, 409, "application/problem+json", ambiguous)
	o := newOperated(t)
	q := ResolveQuery{Channel: "410", URL: a.URL}
	require.EqualError(t, Resolve(t.Context(), q, o.console(false)), "several calls on extension 410 cannot be told apart")
	require.Contains(t, o.out.String(), "2.1")
	require.Empty(t, a.asked.Header.Get("Authorization"))
	require.Error(t, Resolve(t.Context(), q, o.console(true)))
	require.JSONEq(t, ambiguous, o.out.String())
}

func TestResolveWithoutTheRightKey(t *testing.T) {
	a := newAnswering(t, httptest.NewServer, 401, "application/problem+json", `{"detail":"credentials are missing"}`)
	err := Resolve(t.Context(), ResolveQuery{Channel: "410", URL: a.URL}, newOperated(t).console(false))
	require.ErrorContains(t, err, "credentials are missing")
	require.ErrorContains(t, err, "--key-file")
}

func TestResolveOfSomethingElse(t *testing.T) {
	for _, a := range []*answering{
		newAnswering(t, httptest.NewServer, 502, "text/html", "<h1>Bad Gateway</h1>"),
		newAnswering(t, httptest.NewServer, 200, "text/html", "hello"),
		newAnswering(t, httptest.NewServer, 200, "application/json", "{"),
		newAnswering(t, httptest.NewServer, 302, "application/json", "{}"),
		newAnswering(t, httptest.NewServer, 500, "application/problem+json", "{}"),
	} {
		o := newOperated(t)
		require.ErrorContains(t, Resolve(t.Context(), ResolveQuery{Channel: "410", URL: a.URL, Key: "k"}, o.console(true)), "is not this service")
		require.Empty(t, o.out.String())
	}
}

func TestResolveUnreachable(t *testing.T) {
	a := newAnswering(t, httptest.NewServer, 200, "application/json", picked)
	a.Close()
	err := Resolve(t.Context(), ResolveQuery{Channel: "410", URL: a.URL, Key: "arik_secret"}, newOperated(t).console(false))
	require.ErrorContains(t, err, "the service at "+a.URL+" cannot be reached")
	require.NotContains(t, err.Error(), "arik_secret")
	require.NotContains(t, err.Error(), "\n")
}

func TestResolveByTLS(t *testing.T) {
	a := newAnswering(t, httptest.NewTLSServer, 200, "application/json", picked)
	a.Config.ErrorLog = nil
	o := newOperated(t)
	require.ErrorContains(t, Resolve(t.Context(), ResolveQuery{Channel: "410", URL: a.URL}, o.console(false)), "certificate")
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}), 0o600))
	require.NoError(t, Resolve(t.Context(), ResolveQuery{Channel: "410", URL: a.URL, CAFile: file}, o.console(false)))
	require.NoError(t, os.WriteFile(file, []byte("none"), 0o600))
	usage(t, Resolve(t.Context(), ResolveQuery{URL: a.URL, CAFile: file}, Console{}), "no certificate in PEM")
	usage(t, Resolve(t.Context(), ResolveQuery{URL: a.URL, CAFile: "/nowhere"}, Console{}), "--ca-file")
}

func TestResolveRefusesArguments(t *testing.T) {
	for _, text := range []string{"", "recorder", "ftp://recorder", "http://", "http://user@recorder", "http://recorder?x=1", "http://recorder#x", "http://[::1"} {
		usage(t, Resolve(t.Context(), ResolveQuery{URL: text}, Console{}), "--url must be")
	}
	usage(t, Resolve(t.Context(), ResolveQuery{URL: "http://recorder", Key: "two\nlines"}, Console{}), "ARI_RECORDER_API_KEY")
}

func TestReadKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("arik_abc\r\n"), 0o600))
	key, err := ReadKey(file)
	require.NoError(t, err)
	require.Equal(t, "arik_abc", key)
	for _, content := range []string{"", "\n", "arik_abc arik_def", strings.Repeat("a\n", 9000)} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := ReadKey(file)
		usage(t, err, "one key and nothing else")
		require.NotContains(t, err.Error(), "arik_abc")
	}
	_, err = ReadKey(filepath.Dir(file))
	usage(t, err, "--key-file")
	_, err = ReadKey(file + "-nowhere")
	usage(t, err, "--key-file")
}

func TestServiceURL(t *testing.T) {
	for want, c := range map[string]config.HTTP{
		"https://recorder.example/x": {PublicURL: "https://recorder.example/x", Listen: "127.0.0.1:1"},
		"http://127.0.0.1:8080":      {Listen: "127.0.0.1:8080"},
		"http://127.0.0.1:8081":      {Listen: "0.0.0.0:8081"},
		"http://127.0.0.1:8082":      {Listen: ":8082"},
		"https://[::1]:8443":         {Listen: "[::]:8443", TLS: config.TLS{CertFile: "x", KeyFile: "y"}},
		"http://recorder:80":         {Listen: "recorder:80"},
	} {
		got, err := ServiceURL(config.Config{HTTP: c})
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := ServiceURL(config.Config{HTTP: config.HTTP{Listen: "127.0.0.1:0"}})
	usage(t, err, "--url")
}
