package httpapi

import (
	"net"
	"strings"
)

// answersTo tells whether who shows no key may ask under this Host header: whatever it is where the site has said so, else a
// name of this machine for itself and, where http.public_url says what the service is called, that or an address, which no
// page can have for a name of its own.
func (s *Server) answersTo(host string) bool {
	if s.options.AnyHost || isLocalName(host) {
		return true
	}
	_, isAddress := parseAddress(hostName(host))
	return s.options.PublicURL != "" && (isAddress || s.origins.isOwnHost(host))
}

// isLocalName tells whether a Host header is one of every machine's own for itself.
func isLocalName(host string) bool {
	name := hostName(host)
	address, ok := parseAddress(name)
	return name == "localhost" || ok && address.IsLoopback()
}

// hostName is the name or address in a Host header, without its port, and one for all spellings.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
