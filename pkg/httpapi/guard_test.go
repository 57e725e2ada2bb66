package httpapi

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

const legacyPath = "/legacy"

// trail is an audit trail.
type trail struct {
	mu   sync.Mutex
	rows []recording.AuditEntry
}

func (t *trail) write(_ context.Context, e recording.AuditEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, e)
}

func (t *trail) all() []recording.AuditEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]recording.AuditEntry(nil), t.rows...)
}

func key(name, secret string, scopes ...access.Scope) access.Key {
	return access.Key{Name: name, Hash: access.HashOf(secret), Scopes: scopes}
}

func networks(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// guarded is a server with a route for those who record, one for everybody with a key, one that a door has registered
// past Handle, and the legacy address.
func guarded(t *testing.T, o Options, gate access.Options) *site {
	t.Helper()
	o.Gate, o.LegacyPath = access.NewGate(gate), legacyPath
	s := serve(t, o)
	name := func(c echo.Context) error { return c.String(http.StatusOK, "caller:"+Actor(c).Name) }
	s.Handle(http.MethodGet, "/v1/calls", name, access.Record, access.Manage)
	s.Handle(http.MethodPost, "/v1/calls", name, access.Record)
	s.Handle(http.MethodGet, "/any", name)
	s.Handle(http.MethodGet, "/docs/", name)
	s.Group().GET("/smuggled", name)
	s.Group().GET(legacyPath, name)
	s.Group().POST(legacyPath, name)
	s.Group().RouteNotFound(legacyPath, name)
	return s.open()
}

func keys() access.Options {
	other := key("elsewhere", "secret-e", access.Admin)
	other.Networks = networks("192.0.2.0/24")
	return access.Options{Required: true, Keys: []access.Key{
		key("crm", "secret-r", access.Record), key("player", "secret-p", access.Retrieve), key("boss", "secret-b", access.Admin), other,
	}}
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestKeysAreTakenWhereverClientsCanPutThem(t *testing.T) {
	s := guarded(t, Options{}, keys())
	for _, c := range []struct {
		why, path string
		headers   []string
		status    int
	}{
		{"bearer", "/v1/calls", []string{"Authorization", "Bearer secret-r"}, 200},
		{"bearer in another case", "/v1/calls", []string{"Authorization", "bearer   secret-r "}, 200},
		{"own header", "/v1/calls", []string{"X-API-Key", "secret-r"}, 200},
		{"basic", "/v1/calls", []string{"Authorization", basic("anybody", "secret-r")}, 200},
		{"basic without a user", "/v1/calls", []string{"Authorization", basic("", "secret-r")}, 200},
		{"basic with the key as the user", "/v1/calls", []string{"Authorization", basic("secret-r", "")}, 401},
		{"the same key twice", "/v1/calls", []string{"X-API-Key", "secret-r", "Authorization", "Bearer secret-r"}, 200},
		{"two keys", "/v1/calls", []string{"X-API-Key", "secret-r", "Authorization", "Bearer secret-b"}, 400},
		{"two headers", "/v1/calls", []string{"X-API-Key", "secret-r", "X-API-Key", "secret-b"}, 400},
		{"none", "/v1/calls", nil, 401},
		{"an empty one", "/v1/calls", []string{"X-API-Key", ""}, 401},
		{"a wrong one", "/v1/calls", []string{"X-API-Key", "secret-x"}, 401},
		{"in another case", "/v1/calls", []string{"X-API-Key", "SECRET-R"}, 401},
		{"a scheme that nobody knows", "/v1/calls", []string{"Authorization", "Digest secret-r"}, 401},
		{"broken basic", "/v1/calls", []string{"Authorization", "Basic ???"}, 401},
		{"in the query of a new address", "/v1/calls?apiKey=secret-r", nil, 401},
		{"in the query of the old one", legacyPath + "?apiKey=secret-r", nil, 200},
		{"in any case", legacyPath + "?x=1&APIKEY=secret-r", nil, 200},
		{"twice in the query", legacyPath + "?apiKey=secret-r&apikey=secret-b", nil, 400},
		{"in the query and a header", legacyPath + "?apiKey=secret-r", []string{"X-API-Key", "secret-b"}, 400},
		{"empty in the query", legacyPath + "?apiKey=", []string{"X-API-Key", "secret-r"}, 200},
		{"too weak", "/v1/calls", []string{"X-API-Key", "secret-p"}, 403},
		{"admin includes all", "/v1/calls", []string{"X-API-Key", "secret-b"}, 200},
		{"from elsewhere", "/v1/calls", []string{"X-API-Key", "secret-e"}, 403},
		{"any key", "/any", []string{"X-API-Key", "secret-p"}, 200},
		{"no key for any", "/any", nil, 401},
		{"the API's page", "/docs/", nil, 200},
		{"the API's page with a wrong key", "/docs/", []string{"X-API-Key", "secret-x"}, 200},
		{"health", "/health/live", nil, 200},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := s.get(c.path, c.headers...)
			require.Equal(t, c.status, r.StatusCode, r.body)
			challenges := r.Header.Values("WWW-Authenticate")
			if c.status == 401 {
				require.Equal(t, []string{"Bearer", `Basic realm="ari-recorder"`}, challenges)
			} else {
				require.Empty(t, challenges)
			}
			require.NotContains(t, r.body, "secret")
		})
	}
	s.stop()
	require.NotContains(t, s.log.String(), "secret-")
	require.NotContains(t, s.log.String(), base64.StdEncoding.EncodeToString([]byte("anybody:secret-r")))
	require.Contains(t, s.log.String(), " key=crm\n")
}

func TestUnknownAddressesAndMethodsNeedNoKey(t *testing.T) {
	s := guarded(t, Options{}, keys())
	for _, path := range []string{"/nowhere", "/v1", "/v1/calls/", "/smuggled", "/docs", "/health/x", "//v1/calls", "/legacy/x"} {
		require.Equal(t, 404, s.get(path).StatusCode, path)
		require.Equal(t, 404, s.get(path, "X-API-Key", "secret-b").StatusCode, path)
		require.Equal(t, 404, s.ask(http.MethodOptions, path).StatusCode, path)
	}
	for path, allow := range map[string]string{
		"/v1/calls": "GET, POST, OPTIONS", legacyPath: "GET, POST, OPTIONS", "/health": "GET, HEAD, OPTIONS",
	} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, "PROPFIND", "echo_route_not_found"} {
			r := s.ask(method, path)
			require.Equal(t, 405, r.StatusCode, method+" "+path)
			require.Equal(t, allow, r.Header.Get("Allow"))
			require.NotContains(t, r.body, "caller:")
		}
		require.Equal(t, allow, s.ask(http.MethodOptions, path).Header.Get("Allow"))
	}
	require.Equal(t, 405, s.ask(http.MethodHead, "/v1/calls").StatusCode)
}

func TestWithoutCredentialsOnlyThisMachineIsLetIn(t *testing.T) {
	s := guarded(t, Options{Metrics: http.NotFoundHandler()}, access.Options{Local: true})
	for _, c := range []struct {
		host, header string
		status       int
	}{
		{"127.0.0.1:8080", "", 200},
		{"localhost:8080", "", 200},
		{"localhost", "", 200},
		{"[::1]:8080", "", 200},
		{"127.0.0.2", "", 200},
		{"evil.example", "", 403},
		{"evil.example:8080", "", 403},
		{"192.0.2.1:8080", "", 403},
		{"localhost.evil.example", "", 403},
		{"127.0.0.1:8080", "X-Forwarded-For", 401},
		{"127.0.0.1:8080", "X-Forwarded-Proto", 401},
		{"127.0.0.1:8080", "Forwarded", 401},
		{"127.0.0.1:8080", "X-Real-Ip", 401},
	} {
		for _, path := range []string{"/v1/calls", legacyPath, "/metrics"} {
			status := c.status
			if path == "/metrics" && status == 200 {
				status = 404 // the handler's answer
			}
			r := s.askAs(c.host, path, c.header)
			require.Equal(t, status, r.StatusCode, "%+v", c)
		}
		require.Equal(t, 200, s.askAs(c.host, "/health/live", c.header).StatusCode)
	}
	require.Equal(t, 401, s.get("/v1/calls", "X-API-Key", "wrong").StatusCode, "a wrong key is refused even where none is needed")
}

func (s *site) askAs(host, path, header string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(s.t, err)
	req.Host = host
	if header != "" {
		req.Header.Set(header, "127.0.0.1")
	}
	resp, err := s.client.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	return reply{resp, ""}
}

func TestWhoListsNetworksLetsThemIntoTheLegacyAddressAlone(t *testing.T) {
	s := guarded(t, Options{PublicURL: "https://Recorder.example:443"}, access.Options{Required: true, LegacyNetworks: networks("127.0.0.0/8")})
	require.Equal(t, "caller:"+access.LegacyName, s.get(legacyPath+"?method=start").body)
	require.Equal(t, 401, s.get("/v1/calls").StatusCode)
	require.Equal(t, 401, s.get("/any").StatusCode)
	require.Equal(t, 403, s.askAs("somehost", legacyPath, "").StatusCode)
	require.Equal(t, 200, s.askAs("recorder.example", legacyPath, "").StatusCode)
	require.Equal(t, 401, s.askAs("localhost", legacyPath, "X-Forwarded-For").StatusCode)
}

func TestWhoWritesItDownLetsEverybodyIn(t *testing.T) {
	s := guarded(t, Options{AnyHost: true}, access.Options{})
	require.Equal(t, 200, s.askAs("recorder.example", "/v1/calls", "").StatusCode)
	require.Equal(t, 200, s.askAs("recorder.example", "/v1/calls", "X-Forwarded-For").StatusCode)
}

func TestHandlersCanAskForMore(t *testing.T) {
	s := serve(t, Options{Gate: access.NewGate(keys())})
	s.Handle(http.MethodGet, "/any", func(c echo.Context) error { return s.May(c, access.Manage, access.Record) })
	s.open()
	require.Equal(t, 200, s.get("/any", "X-API-Key", "secret-r").StatusCode)
	r := s.get("/any", "X-API-Key", "secret-p")
	require.Equal(t, 403, r.StatusCode)
	require.Equal(t, "the key player may not do this; it needs the scope manage or record\n", r.body)
}

func TestRefusalsAreRenderedByTheDoorOfTheAddress(t *testing.T) {
	render := func(name string) Renderer {
		return func(c echo.Context, p api.Problem, e *recording.Error) error {
			return c.String(p.Status, name+" "+p.Code+": "+e.Detail)
		}
	}
	s := serve(t, Options{
		Gate: access.NewGate(keys()), PerKey: access.NewLimiter(access.Rate{PerSecond: 0.001, Burst: 2}),
		Renderers: map[string]Renderer{"/v1": render("rest"), "/v1/old": render("old")},
	})
	s.Handle(http.MethodGet, "/v1/calls", func(echo.Context) error { panic("inside") }, access.Record)
	s.Handle(http.MethodGet, "/v1/old", func(echo.Context) error { return &recording.Error{Code: recording.CodeDeleted, Detail: "gone"} })
	s.open()
	require.Regexp(t, `^rest unauthorized: credentials are missing`, s.get("/v1/calls").body)
	require.Equal(t, "rest unauthorized: the key is not known", s.get("/v1/calls", "X-API-Key", "x").body)
	require.Regexp(t, `^rest forbidden: the key player may not`, s.get("/v1/calls", "X-API-Key", "secret-p").body)
	require.Regexp(t, `^rest forbidden: the key elsewhere may not be used from 127.0.0.1`, s.get("/v1/calls", "X-API-Key", "secret-e").body)
	require.Regexp(t, `^rest not_found: nothing is served at /v1`, s.get("/v1").body)
	require.Regexp(t, `^rest method_not_allowed: PUT`, s.ask(http.MethodPut, "/v1/calls").body)
	require.Equal(t, "rest internal: internal error; the log has the details", s.get("/v1/calls", "X-API-Key", "secret-r").body)
	require.Equal(t, "old deleted: gone", s.get("/v1/old", "X-API-Key", "secret-r").body)
	require.Regexp(t, `^rest rate_limited: too many requests by the key crm`, s.get("/v1/calls", "X-API-Key", "secret-r").body)
	require.Equal(t, "nothing is served at /v10\n", s.get("/v10").body)
	require.Regexp(t, `^old not_found`, s.get("/v1/old/x").body)
	require.True(t, strings.HasPrefix(s.get("/any").body, "nothing is served"))
}
