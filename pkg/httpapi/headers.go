package httpapi

import (
	"github.com/labstack/echo/v4"
)

const (
	headerCORP = "Cross-Origin-Resource-Policy"
	// hstsYear makes browsers use TLS only, for a year from their last visit, on every port of the host: it must not reach a
	// host that nobody has called ours, whose other ports may be a PBX without TLS.
	hstsYear = "max-age=31536000"
)

// harden tells browsers not to guess types, not to pass our addresses on, and to let no page of others show what we
// answer. The API's own page brings its own rules on what it may load.
func (s *Server) harden(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		header.Set(echo.HeaderXFrameOptions, "DENY")
		header.Set(headerCORP, "same-origin")
		if !isDocs(c.Request().URL.Path) {
			header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
		}
		if host := c.Request().Host; c.IsTLS() && s.origins.secure && s.origins.isOwnHost(host) && !isLocalName(host) {
			header.Set(echo.HeaderStrictTransportSecurity, hstsYear)
		}
		return next(c)
	}
}
