package httpapi

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

// askedAs gets a path under a host's name, without a key.
func (s *site) askedAs(host string, headers ...string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+legacyPath, nil)
	require.NoError(s.t, err)
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(r)
	require.NoError(s.t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	return resp.StatusCode
}

// A page that has its own name lead to this address is let in nowhere, where it is known what the service is called.
func TestWhoHasAPublicURLIsAskedUnderItsHost(t *testing.T) {
	gate := access.Options{Required: true, LegacyNetworks: networks("127.0.0.0/8", "10.0.0.0/8"), Keys: []access.Key{key("crm", "secret-r", access.Record)}}
	named := guarded(t, Options{TrustedProxies: networks("127.0.0.1/32"), PublicURL: "https://recorder.example:8443"}, gate)
	unnamed := guarded(t, Options{AnyHost: true, TrustedProxies: networks("127.0.0.1/32")}, gate)
	for host, status := range map[string]int{
		"recorder.example:8443": 200, "recorder.example": 200, "RECORDER.example.": 200, "10.0.0.1:8080": 200, "[2001:db8::1]": 200,
		"localhost:8080": 200, "evil.example": 403, "somehost": 403, "recorder.example.evil.example": 403,
	} {
		for _, headers := range [][]string{nil, {"X-Forwarded-For", "10.0.0.9"}} {
			require.Equal(t, status, named.askedAs(host, headers...), host)
			require.Equal(t, 200, unnamed.askedAs(host, headers...), "as the old clients' URLs are printed")
		}
		require.Equal(t, 200, named.askedAs(host, "X-API-Key", "secret-r"), host)
	}
}

func TestNamesOfThisMachineInEverySpelling(t *testing.T) {
	s := guarded(t, Options{}, access.Options{Local: true})
	for host, status := range map[string]int{
		"LOCALHOST": 200, "Localhost.:8080": 200, "localhost.": 200, "127.0.0.1.": 200, "localhost..": 403, "localhost.example": 403,
	} {
		require.Equal(t, status, s.askedAs(host), host)
	}
}

func TestOnlyTheHostOfASecurePublicURLIsForTLSAlone(t *testing.T) {
	certificate := certificateOf(t, "recorder.example")
	for url, want := range map[string]string{"": "", "http://recorder.example": "", "https://recorder.example:8443/base": hstsYear} {
		s := overTLS(t, certificate, Options{PublicURL: url}, nil)
		require.Equal(t, want, s.askAs("recorder.example:8443", "/health/live", "").Header.Get("Strict-Transport-Security"), url)
		require.Empty(t, s.askAs("pbx.example", "/health/live", "").Header.Get("Strict-Transport-Security"), "its other ports may have no TLS")
		require.Empty(t, s.get("/health/live").Header.Get("Strict-Transport-Security"))
	}
}

// A refusal over HTTP/2 comes whole, and ends no other request on its connection.
func TestRefusalsOverHTTP2EndNothingElse(t *testing.T) {
	s := overTLS(t, certificateOf(t, "recorder.example"), Options{}, func(s *site) {
		s.Handle(http.MethodPost, "/any", nil)
	})
	require.Equal(t, 2, s.get("/health/live").ProtoMajor)
	for method, want := range map[string]string{http.MethodPost: bodyTooLarge, http.MethodGet: "GET takes no body"} {
		var last httptrace.GotConnInfo
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { last = info }})
		for range 2 {
			r, err := http.NewRequestWithContext(ctx, method, s.url+"/any", strings.NewReader(strings.Repeat("x", maxBody+1)))
			require.NoError(t, err)
			resp, err := s.client.Do(r)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Contains(t, string(body), want)
			require.True(t, last.Reused)
		}
	}
}
