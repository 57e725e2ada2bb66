package httpapi

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// clientAddress finds whose request it is: the peer, or, where that is a trusted proxy, whom it says it forwards for,
// and so on from the right. What a client has written on the left itself is never believed.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	return func(r *http.Request) string {
		client, ok := parseAddress(r.RemoteAddr)
		if !ok {
			return r.RemoteAddr
		}
		hops := strings.Split(strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ","), ",")
		for i := len(hops) - 1; i >= 0 && isIn(client, trusted); i-- {
			hop, ok := parseAddress(strings.TrimSpace(hops[i]))
			if !ok {
				break
			}
			client = hop
		}
		return client.String()
	}
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
