package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listen returns an address for net.Listen.
func (l *layers) listen(key string) string {
	address := l.text(key)
	if _, _, err := splitListen(address); err != nil {
		l.fault(key, err.Error())
		return ""
	}
	return address
}

func splitListen(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, errors.New("must be HOST:PORT, such as 127.0.0.1:8080")
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, errors.New("the port must be a number from 0 to 65535")
	}
	return host, port, nil
}

// isLocal tells whether only this machine can reach the listen address. A name other than localhost is taken for a
// public one: what it resolves to may change. The empty host is every address.
func isLocal(address string) bool {
	host, _, err := splitListen(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return strings.EqualFold(host, "localhost")
	}
	return ip.Unmap().IsLoopback()
}

// webURL returns an http or https URL without its trailing slash, "" if none is written.
func (l *layers) webURL(key string) string {
	text := l.text(key)
	if text == "" {
		return ""
	}
	u, err := parseWeb(text)
	if err != nil {
		l.fault(key, err.Error())
		return ""
	}
	return u.String()
}

// parseWeb never repeats the text in its error: someone may have written a password into it.
func parseWeb(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("is not a URL of the form https://host:port/path")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("must begin with http:// or https://")
	case u.User != nil:
		return nil, errors.New("must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must not hold ? or #")
	case !validPort(u.Port()):
		return nil, errors.New("the port must be a number from 1 to 65535")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 1 && n <= 65535
}

// origins returns the origins as browsers write them, so that they can be compared byte for byte: lower-case, and
// without the port that the scheme implies.
func (l *layers) origins(key string) []string {
	standard := map[string]string{"http": "80", "https": "443"}
	var origins []string
	for _, part := range l.list(key) {
		u, err := parseWeb(part)
		if err != nil || u.Path != "" {
			l.fault(key, "each origin must be http:// or https://, a host and perhaps a port, such as https://crm.example.org")
			continue
		}
		if u.Port() == standard[u.Scheme] {
			u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
		}
		if !slices.Contains(origins, u.String()) {
			origins = append(origins, u.String())
		}
	}
	return origins
}
