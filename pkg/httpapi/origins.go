package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// What pages of listed origins may send and read, beside what every page may.
const (
	corsRequestHeaders  = "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Range, SOAPAction, X-API-Key, X-Request-Id"
	corsResponseHeaders = "Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, Location, Retry-After, X-Recording-Count, X-Recording-Id, X-Request-Id"
	corsMaxAge          = "3600" // seconds
)

// origins are those whose pages may call, and the service's own.
type origins struct {
	listed  []string
	ownHost string // the name in the public URL; empty: not known
	secure  bool   // the public URL is https
	changes *http.CrossOriginProtection
}

func newOrigins(listed []string, publicURL string) *origins {
	o := &origins{listed: listed, changes: http.NewCrossOriginProtection()}
	trusted := slices.Clone(listed)
	if own := originOf(publicURL); own != "" {
		scheme, host, _ := strings.Cut(own, "://")
		o.ownHost, o.secure = hostName(host), scheme == "https"
		trusted = append(trusted, own)
	}
	for _, origin := range trusted {
		// An origin that cannot be parsed is none that a browser would send: its pages stay outside.
		_ = o.changes.AddTrustedOrigin(origin)
	}
	return o
}

func (o *origins) isListed(origin string) bool { return slices.Contains(o.listed, origin) }

// isOwnHost tells whether a Host header names the public URL's host, on whatever port.
func (o *origins) isOwnHost(host string) bool {
	return o.ownHost != "" && hostName(host) == o.ownHost
}

// mayChange tells whether a request that is no mere look comes from a page that may call, or from no page at all.
func (o *origins) mayChange(r *http.Request) bool { return o.changes.Check(r) == nil }

// originOf is the origin of a URL as browsers write it, empty for anything that has none.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	standard := map[string]string{"http": ":80", "https": ":443"}
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), standard[u.Scheme])
}

// Origin is the scheme and host under which a client has reached the service, as trusted proxies tell; empty if none does.
func (s *Server) Origin(c echo.Context) string {
	r := c.Request()
	scheme, host := r.Header.Get(echo.HeaderXForwardedProto), r.Header.Get("X-Forwarded-Host")
	if scheme != "http" && scheme != "https" || !s.isProxied(r) {
		return ""
	}
	if host == "" {
		host = r.Host
	}
	return originOf(scheme + "://" + host)
}

// cors lets pages of listed origins read what they have asked for, refusals included. It never says that cookies or a
// browser's stored passwords may come along: pages send a key.
func (s *Server) cors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(s.origins.listed) == 0 {
			return next(c)
		}
		header, origin := c.Response().Header(), c.Request().Header.Get(echo.HeaderOrigin)
		header.Add(echo.HeaderVary, echo.HeaderOrigin)
		if s.origins.isListed(origin) {
			header.Set(echo.HeaderAccessControlAllowOrigin, origin)
			header.Set(echo.HeaderAccessControlExposeHeaders, corsResponseHeaders)
		}
		if s.origins.isListed(origin) || s.origins.isListed(originOf(c.Request().Referer())) {
			header.Set(headerCORP, "cross-origin") // a page may have the audio in a player of its own
		}
		return next(c)
	}
}

// tellOptions answers OPTIONS, which browsers ask before a page's request. Which methods there are is in the API's document
// for everybody to read.
func (s *Server) tellOptions(c echo.Context) error {
	header, allow := c.Response().Header(), s.rules.allow(c.Path())
	header.Set(echo.HeaderAllow, allow)
	if header.Get(echo.HeaderAccessControlAllowOrigin) != "" {
		header.Set(echo.HeaderAccessControlAllowMethods, allow)
		header.Set(echo.HeaderAccessControlAllowHeaders, corsRequestHeaders)
		header.Set(echo.HeaderAccessControlMaxAge, corsMaxAge)
	}
	return c.NoContent(http.StatusNoContent)
}
