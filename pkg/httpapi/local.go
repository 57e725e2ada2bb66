package httpapi

import "net"

// isLocalName tells whether a Host header, with or without a port, is one of every machine's own for itself.
func isLocalName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, ok := parseAddress(host)
	return host == "localhost" || ok && address.IsLoopback()
}
