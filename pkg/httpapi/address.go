package httpapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// clientAddress is where a request came from as far as that can be followed, for the log and for limits.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	return func(r *http.Request) string {
		if client, _ := clientOf(r, trusted); client.IsValid() {
			return client.String()
		}
		return r.RemoteAddr
	}
}

// clientOf finds whose request it is: the peer, or, where that is a trusted proxy, whom it says it forwards for, and so on
// from the right. What a client has written on the left itself is never believed. Where only a proxy is known and not who
// is behind it, known is false: to take the one for the other would let everybody in who is let in nowhere else.
func clientOf(r *http.Request, trusted []netip.Prefix) (client netip.Addr, known bool) {
	client, known = parseAddress(r.RemoteAddr)
	chain := r.Header.Values(echo.HeaderXForwardedFor)
	switch {
	case !known:
		return client, false
	case !isIn(client, trusted):
		return client, !client.IsLoopback() || !isForwarded(r) // elsewhere anybody may write such headers for nothing
	case len(chain) == 0:
		return client, !isForwarded(r)
	}
	hops := strings.Split(strings.Join(chain, ","), ",")
	for i := len(hops) - 1; i >= 0 && isIn(client, trusted); i-- {
		hop, ok := parseAddress(strings.TrimSpace(hops[i]))
		if !ok {
			return client, false
		}
		client = hop
	}
	return client, true
}

// proxyHeaders are what proxies add, beside all that begin with X-Forwarded.
var proxyHeaders = []string{
	"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "client-ip", "cf-connecting-ip", "true-client-ip",
	"x-original-forwarded-for", "x-envoy-external-address", "fastly-client-ip",
}

// isForwarded tells whether a proxy has left a header, in whatever spelling.
func isForwarded(r *http.Request) bool {
	for name := range r.Header {
		name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		if strings.HasPrefix(name, "x-forwarded") || slices.Contains(proxyHeaders, name) {
			return true
		}
	}
	return false
}

// parseAddress takes an address with or without a port; IPv4 in IPv6 is IPv4.
func parseAddress(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

func isIn(address netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
