package httpapi

import (
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
)

// LocalOnly guards a service that asks for no credentials because only its own machine can reach it. It refuses what shows
// that somebody else is behind a request: a header of a proxy, which may speak for anybody, and a host name that is not this
// machine's, under which a web page could have been led here (DNS rebinding).
func LocalOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		for _, header := range []string{echo.HeaderXForwardedFor, "Forwarded", echo.HeaderXRealIP} {
			if r.Header.Get(header) != "" {
				return refuse(c, http.StatusUnauthorized, "requests through a proxy need credentials; write auth.required: false to let everyone in whom the proxy lets in")
			}
		}
		if !isLocalName(r.Host) {
			return refuse(c, http.StatusForbidden, "this service answers to the name localhost and to loopback addresses only; write auth.required: false to let everyone in who can reach it")
		}
		return next(c)
	}
}

func refuse(c echo.Context, status int, line string) error {
	if status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	return c.Blob(status, textType, []byte(line+"\n"))
}

// isLocalName takes a Host header, with or without a port.
func isLocalName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, ok := parseAddress(host)
	return host == "localhost" || ok && address.IsLoopback()
}
