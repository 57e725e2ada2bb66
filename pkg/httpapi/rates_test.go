package httpapi

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/access"
)

func TestEachAddressHasItsRate(t *testing.T) {
	s := guarded(t, Options{
		PerAddress: access.NewLimiter(access.Rate{PerSecond: 0.1, Burst: 3}), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}, keys())
	for range 3 {
		require.Equal(t, 401, s.get("/v1/calls").StatusCode)
	}
	for _, path := range []string{"/v1/calls", "/nowhere", "/openapi.yaml"} {
		r := s.get(path, "X-API-Key", "secret-r")
		require.Equal(t, 429, r.StatusCode, path)
		wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
		require.NoError(t, err)
		require.InDelta(t, 10, wait, 1)
		require.Equal(t, "too many requests by this address; wait a little\n", r.body)
	}
	require.Equal(t, 200, s.get("/health").StatusCode)
	require.Equal(t, 401, s.get("/v1/calls", "X-Forwarded-For", "192.0.2.1").StatusCode, "somebody else")
	for i := range 3 {
		s.get("/v1/calls", "X-Forwarded-For", "2001:db8:0:1::"+strconv.Itoa(i))
	}
	require.Equal(t, 429, s.get("/v1/calls", "X-Forwarded-For", "2001:db8:0:1:abcd::1").StatusCode, "a network of IPv6 is one")
	require.Equal(t, 401, s.get("/v1/calls", "X-Forwarded-For", "2001:db8:0:2::1").StatusCode)
}

func TestEachKeyHasItsRate(t *testing.T) {
	rows := &trail{}
	s := guarded(t, Options{PerKey: access.NewLimiter(access.Rate{PerSecond: 0.1, Burst: 2}), Denied: rows.write}, keys())
	for range 2 {
		require.Equal(t, 200, s.get("/v1/calls", "X-API-Key", "secret-r").StatusCode)
	}
	r := s.get("/v1/calls", "Authorization", "Bearer secret-r")
	require.Equal(t, 429, r.StatusCode)
	require.NotEmpty(t, r.Header.Get("Retry-After"))
	require.Equal(t, 200, s.get("/v1/calls", "X-API-Key", "secret-b").StatusCode)
	for range 10 {
		require.Equal(t, 401, s.get("/v1/calls").StatusCode, "nobody is not a key")
	}
	require.Len(t, rows.all(), 10)
}
