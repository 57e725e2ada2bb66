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
		known     bool
	}{
		{"no proxy", "192.0.2.1:4711", nil, "192.0.2.1", true},
		{"a stranger's word is not believed", "192.0.2.1:4711", []string{"198.51.100.7"}, "192.0.2.1", true},
		{"a proxy that says nothing", "10.0.0.1:4711", nil, "10.0.0.1", true},
		{"a proxy", "10.0.0.1:4711", []string{"198.51.100.7"}, "198.51.100.7", true},
		{"the client's own addition", "10.0.0.1:4711", []string{"127.0.0.1, 198.51.100.7"}, "198.51.100.7", true},
		{"the client's own header", "10.0.0.1:4711", []string{"127.0.0.1", "198.51.100.7"}, "198.51.100.7", true},
		{"two proxies", "10.0.0.1:4711", []string{"198.51.100.7, 10.0.0.2"}, "198.51.100.7", true},
		{"nothing but proxies", "10.0.0.1:4711", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3", true},
		{"nonsense ends the belief", "10.0.0.1:4711", []string{"198.51.100.7, unknown"}, "10.0.0.1", false},
		{"an empty header", "10.0.0.1:4711", []string{""}, "10.0.0.1", false},
		{"a port", "10.0.0.1:4711", []string{"198.51.100.7:1234"}, "198.51.100.7", true},
		{"IPv6", "[2001:db8::1]:4711", []string{"2001:db9::7"}, "2001:db9::7", true},
		{"IPv6 in brackets", "[2001:db8::1]:4711", []string{"[2001:db9::7]"}, "2001:db9::7", true},
		{"IPv6 with a port", "[2001:db8::1]:4711", []string{"[2001:db9::7]:80"}, "2001:db9::7", true},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:4711", []string{"::ffff:198.51.100.7"}, "198.51.100.7", true},
		{"nonsense behind a proxy", "10.0.0.1:4711", []string{"unknown, 10.0.0.2"}, "10.0.0.2", false},
		{"a stranger on this machine", "127.0.0.1:4711", []string{"198.51.100.7"}, "127.0.0.1", false},
		{"no address at all", "@", nil, "@", false},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
			for _, value := range c.forwarded {
				r.Header.Add("X-Forwarded-For", value)
			}
			require.Equal(t, c.want, clientAddress(trusted)(r))
			_, known := clientOf(r, trusted)
			require.Equal(t, c.known, known)
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
