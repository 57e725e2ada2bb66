package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

// behind is a server behind a trusted proxy on this machine, with a network of old clients and this machine's own.
func behind(t *testing.T) *site {
	t.Helper()
	return guarded(t, Options{TrustedProxies: networks("127.0.0.1/32")},
		access.Options{Required: true, LegacyNetworks: networks("127.0.0.0/8", "10.0.0.0/8"), Keys: []access.Key{
			{Name: "here", Hash: access.HashOf("secret-h"), Scopes: []access.Scope{access.Record}, Networks: networks("127.0.0.0/8")},
		}})
}

func TestAProxyIsNotTakenForItsClients(t *testing.T) {
	s := behind(t)
	for _, c := range []struct {
		why     string
		headers []string
		status  int
	}{
		{"no proxy", nil, 200},
		{"a client of a network", []string{"X-Forwarded-For", "10.0.0.9"}, 200},
		{"a client of none", []string{"X-Forwarded-For", "192.0.2.9"}, 401},
		{"both headers", []string{"X-Forwarded-For", "10.0.0.9", "X-Real-IP", "10.0.0.9"}, 200},
		{"X-Real-IP alone", []string{"X-Real-IP", "192.0.2.9"}, 401},
		{"Forwarded alone", []string{"Forwarded", "for=192.0.2.9"}, 401},
		{"Via alone", []string{"Via", "1.1 proxy"}, 401},
		{"another spelling alone", []string{"X_Forwarded_For", "10.0.0.9"}, 401},
		{"not to be read", []string{"X-Forwarded-For", "unknown"}, 401},
		{"not to be read to its end", []string{"X-Forwarded-For", "192.0.2.9, _hidden, 127.0.0.1"}, 401},
		{"empty", []string{"X-Forwarded-For", ""}, 401},
	} {
		t.Run(c.why, func(t *testing.T) {
			s.t = t
			require.Equal(t, c.status, s.get(legacyPath, c.headers...).StatusCode)
			keyed := s.get("/v1/calls", append(c.headers, "X-API-Key", "secret-h")...)
			require.Equal(t, c.headers == nil, keyed.StatusCode == http.StatusOK, "no more than a key bound to this machine")
		})
	}
	s.t = t
}

func TestWhoComesThroughAProxyIsToldWhatIsMissing(t *testing.T) {
	s := behind(t)
	require.Contains(t, s.get(legacyPath, "X-Real-IP", "10.0.0.9").body, "X-Forwarded-For")
	require.Contains(t, s.get(legacyPath, "X-Forwarded-For", "192.0.2.9").body, "send a key")
	s = guarded(t, Options{}, access.Options{Required: true})
	require.Contains(t, s.get(legacyPath, "X-Forwarded-For", "10.0.0.9").body, "http.trusted_proxies")
	require.NotContains(t, s.get(legacyPath).body, "http.trusted_proxies")
}

func TestEveryProxysHeaderEndsLocalMode(t *testing.T) {
	s := guarded(t, Options{}, access.Options{Local: true})
	for _, header := range []string{
		"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP", "True-Client-IP",
		"X-Client-IP", "X-Cluster-Client-IP", "Client-IP", "X-Original-Forwarded-For", "X-Envoy-External-Address", "Fastly-Client-IP",
		"X_Forwarded_For", "x_real_ip", "CF_CONNECTING_IP",
	} {
		require.Equal(t, 401, s.get("/v1/calls", header, "127.0.0.1").StatusCode, header)
	}
	require.Equal(t, 200, s.get("/v1/calls", "X-Client", "1", "Viable", "1").StatusCode)
}
