package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

// guard stands before every route. It lets a request through only where a rule says so: what a door might register
// past Handle is not there for anybody.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		method, pattern := c.Request().Method, c.Path()
		rule, known := s.rules[pattern][method]
		switch {
		case !known && method == http.MethodOptions && s.rules.allow(pattern) != "":
			return s.tellOptions(c)
		case !known:
			return s.notServed(c)
		case rule.open:
			return next(c)
		}
		if err := s.check(c, rule); err != nil {
			return s.deny(c, err)
		}
		return next(c)
	}
}

// notServed refuses unknown addresses and methods; nobody needs a key to be told.
func (s *Server) notServed(c echo.Context) error {
	r := c.Request()
	allow := s.rules.allow(c.Path())
	if allow == "" {
		return &recording.Error{Code: api.CodeNotFound, Detail: "nothing is served at " + r.URL.EscapedPath()}
	}
	c.Response().Header().Set(echo.HeaderAllow, allow)
	return &recording.Error{Code: api.CodeMethodNotAllowed, Detail: fmt.Sprintf("%s is not allowed here; use %s", r.Method, allow)}
}

// check finds out who asks and whether they may; the caller is known to the log and the audit trail even if they may not.
func (s *Server) check(c echo.Context, rule rule) error {
	caller, err := s.admit(c)
	c.Set(callerKey, caller)
	if err != nil {
		return err
	}
	if err := s.limitKey(c, caller); err != nil {
		return err
	}
	if c.Path() != s.options.LegacyPath && !s.origins.mayChange(c.Request()) {
		return forbidden("pages of this origin may not change anything here; list it in http.cors_origins")
	}
	return mayUse(caller, rule.scopes)
}

// admit asks the gate. Who shows no key and comes from this machine must have asked for it by one of its own names: else a
// web page could have led the browser of somebody who sits there under a name of its own (DNS rebinding).
func (s *Server) admit(c echo.Context) (access.Caller, error) {
	r := c.Request()
	atLegacy := c.Path() == s.options.LegacyPath
	secret, err := secretOf(r, atLegacy)
	if err != nil {
		return access.Caller{}, err
	}
	address, _ := parseAddress(c.RealIP())
	forwarded := s.isForwarded(r)
	caller, err := s.options.Gate.Admit(access.Request{Secret: secret, Address: address, Forwarded: forwarded, Legacy: atLegacy})
	switch {
	case errors.Is(err, access.ErrNetwork):
		return caller, forbidden(fmt.Sprintf("the key %s may not be used from %s", caller.Name, c.RealIP()))
	case errors.Is(err, access.ErrNoKey) && forwarded:
		return caller, unauthorized("credentials are missing: the request came through a proxy that http.trusted_proxies does not list")
	case errors.Is(err, access.ErrNoKey):
		return caller, unauthorized("credentials are missing; send a key as Authorization: Bearer or X-API-Key, or as the password of Basic")
	case err != nil:
		return caller, unauthorized("the key is not known")
	case secret == "" && address.IsLoopback() && !s.options.AnyHost && !s.isOwnName(r.Host):
		return access.Caller{}, forbidden("without a key this service answers to the name localhost, to loopback addresses and to the host of http.public_url only")
	}
	return caller, nil
}

// isOwnName tells whether a Host header is one under which this machine is known to itself.
func (s *Server) isOwnName(host string) bool {
	return isLocalName(host) || s.origins.isOwnHost(host)
}

// isForwarded tells whether somebody who is not trusted says that a request was somebody else's: nobody knows whose.
func (s *Server) isForwarded(r *http.Request) bool {
	if peer, ok := parseAddress(r.RemoteAddr); ok && isIn(peer, s.options.TrustedProxies) {
		return false
	}
	for name := range r.Header {
		if name == "Forwarded" || name == echo.HeaderXRealIP || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}
