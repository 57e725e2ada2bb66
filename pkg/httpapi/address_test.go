package httpapi

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyTrustedProxiesSayWhoTheClientIs(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, c := range []struct {
		why, peer string
		forwarded []string
		want      string
	}{
		{"no proxy", "192.0.2.1:4711", nil, "192.0.2.1"},
		{"a stranger's word is not believed", "192.0.2.1:4711", []string{"198.51.100.7"}, "192.0.2.1"},
		{"a proxy that says nothing", "10.0.0.1:4711", nil, "10.0.0.1"},
		{"a proxy", "10.0.0.1:4711", []string{"198.51.100.7"}, "198.51.100.7"},
		{"the client's own addition", "10.0.0.1:4711", []string{"127.0.0.1, 198.51.100.7"}, "198.51.100.7"},
		{"the client's own header", "10.0.0.1:4711", []string{"127.0.0.1", "198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "10.0.0.1:4711", []string{"198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"nothing but proxies", "10.0.0.1:4711", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"nonsense ends the belief", "10.0.0.1:4711", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		{"an empty header", "10.0.0.1:4711", []string{""}, "10.0.0.1"},
		{"a port", "10.0.0.1:4711", []string{"198.51.100.7:1234"}, "198.51.100.7"},
		{"IPv6", "[2001:db8::1]:4711", []string{"2001:db9::7"}, "2001:db9::7"},
		{"IPv6 in brackets", "[2001:db8::1]:4711", []string{"[2001:db9::7]"}, "2001:db9::7"},
		{"IPv6 with a port", "[2001:db8::1]:4711", []string{"[2001:db9::7]:80"}, "2001:db9::7"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:4711", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"no address at all", "@", nil, "@"},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
			require.Equal(t, c.want, clientAddress(trusted)(r))
			require.Equal(t, clientAddress(nil)(&http.Request{RemoteAddr: c.peer}), clientAddress(nil)(r))
		})
	}
}

func TestTheLogNamesTheClientBehindAProxy(t *testing.T) {
	s := serve(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}).open()
	s.get("/health/live", "X-Forwarded-For", "198.51.100.7")
	s.stop()
	require.Contains(t, s.log.String(), "client=198.51.100.7")
}
