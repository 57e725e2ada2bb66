package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

const crm = "https://crm.example"

func TestPagesOfListedOriginsMayCallAndRead(t *testing.T) {
	s := guarded(t, Options{CORSOrigins: []string{crm}}, keys())
	for _, path := range []string{"/v1/calls", legacyPath, "/health"} {
		r := s.ask(http.MethodOptions, path, "Origin", crm, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization")
		require.Equal(t, 204, r.StatusCode)
		require.Equal(t, crm, r.Header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, r.Header.Get("Access-Control-Allow-Methods"), "GET")
		for _, name := range []string{"Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "If-None-Match", "Range", "Accept", "SOAPAction", "X-Request-Id"} {
			require.Contains(t, r.Header.Get("Access-Control-Allow-Headers"), name)
		}
		require.NotEmpty(t, r.Header.Get("Access-Control-Max-Age"))
		require.Empty(t, r.Header.Get("Access-Control-Allow-Credentials"))
	}
	for _, headers := range [][]string{{"X-API-Key", "secret-r"}, {"X-API-Key", "wrong"}, nil} {
		r := s.get("/v1/calls", append(headers, "Origin", crm)...)
		require.Equal(t, []string{crm}, r.Header.Values("Access-Control-Allow-Origin"), "refusals, too")
		require.Contains(t, r.Header.Get("Access-Control-Expose-Headers"), "Content-Range")
		require.Equal(t, "Origin", r.Header.Get("Vary"))
		require.Equal(t, "cross-origin", r.Header.Get("Cross-Origin-Resource-Policy"))
	}
	require.Equal(t, 200, s.ask(http.MethodPost, "/v1/calls", "X-API-Key", "secret-r", "Origin", crm, "Sec-Fetch-Site", "cross-site").StatusCode)
	require.Equal(t, "cross-origin", s.get("/v1/calls", "Referer", crm+"/customers?id=1").Header.Get("Cross-Origin-Resource-Policy"), "an audio element")
}

func TestPagesOfOtherOriginsChangeNothingAndReadNothing(t *testing.T) {
	s := guarded(t, Options{CORSOrigins: []string{crm}, PublicURL: "https://recorder.example/base"}, keys())
	for _, origin := range []string{"https://evil.example", "http://crm.example", "https://crm.example.evil.example", "null"} {
		r := s.ask(http.MethodOptions, "/v1/calls", "Origin", origin, "Access-Control-Request-Method", "POST")
		require.Equal(t, 204, r.StatusCode)
		require.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
		require.Empty(t, r.Header.Get("Access-Control-Allow-Headers"))
		r = s.get("/v1/calls", "X-API-Key", "secret-r", "Origin", origin)
		require.Equal(t, 200, r.StatusCode)
		require.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "same-origin", r.Header.Get("Cross-Origin-Resource-Policy"))
		require.Equal(t, 403, s.ask(http.MethodPost, "/v1/calls", "X-API-Key", "secret-r", "Origin", origin).StatusCode)
		require.Equal(t, 403, s.ask(http.MethodPost, "/v1/calls", "X-API-Key", "secret-r", "Origin", origin, "Sec-Fetch-Site", "cross-site").StatusCode)
	}
	for _, headers := range [][]string{
		{"Origin", s.url}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", "https://recorder.example"}, nil,
	} {
		require.Equal(t, 200, s.ask(http.MethodPost, "/v1/calls", append(headers, "X-API-Key", "secret-r")...).StatusCode, headers)
	}
}

func TestWithoutListedOriginsThereIsNoCORS(t *testing.T) {
	r := guarded(t, Options{}, keys()).get("/v1/calls", "Origin", crm)
	for name := range r.Header {
		require.False(t, strings.HasPrefix(name, "Access-Control-"), name)
	}
}

func TestEveryAnswerTellsBrowsersToBeCareful(t *testing.T) {
	s := guarded(t, Options{}, keys())
	for _, path := range []string{"/health", "/nowhere", "/v1/calls", legacyPath, "/docs/"} {
		header := s.get(path).Header
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
		require.Equal(t, "DENY", header.Get("X-Frame-Options"))
		require.Equal(t, "same-origin", header.Get("Cross-Origin-Resource-Policy"))
		require.Empty(t, header.Get("Strict-Transport-Security"))
		if path == "/docs/" {
			require.Empty(t, header.Get("Content-Security-Policy"))
		} else {
			require.Equal(t, "default-src 'none'; frame-ancestors 'none'", header.Get("Content-Security-Policy"))
		}
	}
}

func TestOnlyTrustedProxiesTellWhereTheServiceIs(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		o := Options{}
		if trusted {
			o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		}
		s := serve(t, o)
		s.Handle(http.MethodGet, "/origin", func(c echo.Context) error { return c.String(http.StatusOK, s.Origin(c)) })
		s.open()
		require.Empty(t, s.get("/origin").body)
		require.Empty(t, s.get("/origin", "X-Forwarded-Proto", "gopher").body)
		want := map[bool]string{true: "https://recorder.example"}[trusted]
		require.Equal(t, want, s.get("/origin", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "Recorder.example:443").body)
	}
}
