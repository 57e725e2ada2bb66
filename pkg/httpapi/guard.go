package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/journal"
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
		return &recording.Error{Code: api.CodeNotFound, Detail: "nothing is served at " + redact(r.URL.EscapedPath())}
	}
	c.Response().Header().Set(echo.HeaderAllow, allow)
	return &recording.Error{Code: api.CodeMethodNotAllowed, Detail: fmt.Sprintf("%s is not allowed here; use %s", redact(r.Method), allow)}
}

// check finds out who asks and whether they may; the caller is known to the log and the audit trail even if they may not.
func (s *Server) check(c echo.Context, rule rule) error {
	caller, err := s.admit(c)
	c.Set(callerKey, caller)
	journal.Of(c.Request().Context()).By(caller.Name)
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

// admit asks the gate. Who shows no key must have asked under a name of the service's: else a web page could have led the
// browser of somebody who is let in without one to this address, under a name of the page's own (DNS rebinding).
func (s *Server) admit(c echo.Context) (access.Caller, error) {
	r := c.Request()
	atLegacy := c.Path() == s.options.LegacyPath
	secret, err := secretOf(r, atLegacy)
	if err != nil {
		return access.Caller{}, err
	}
	address, known := clientOf(r, s.options.TrustedProxies)
	if !known {
		address = netip.Addr{}
	}
	caller, err := s.options.Gate.Admit(access.Request{Secret: secret, Address: address, Legacy: atLegacy})
	switch {
	case errors.Is(err, access.ErrNetwork) && !known:
		return caller, forbidden("the key " + caller.Name + " may be used from some networks only" + s.remedy(r, known))
	case errors.Is(err, access.ErrNetwork):
		return caller, forbidden(fmt.Sprintf("the key %s may not be used from %s", caller.Name, c.RealIP()))
	case errors.Is(err, access.ErrNoKey):
		return caller, unauthorized("credentials are missing" + s.remedy(r, known))
	case err != nil:
		return caller, unauthorized("the key is not known")
	case secret == "" && !s.answersTo(r.Host):
		return access.Caller{}, forbidden("without a key this service does not answer under this host name; " +
			"use localhost or the host of http.public_url, which a proxy has to pass on as Host")
	}
	return caller, nil
}

// remedy is what to do about credentials that are missing.
func (s *Server) remedy(r *http.Request, known bool) string {
	switch {
	case isForwarded(r) && !s.isProxied(r):
		return ": the request came through a proxy that http.trusted_proxies does not list"
	case !known:
		return ": the proxy does not tell in X-Forwarded-For whose request it is"
	}
	return "; send a key as Authorization: Bearer or X-API-Key, or as the password of Basic"
}

// isProxied tells whether the peer is a trusted proxy.
func (s *Server) isProxied(r *http.Request) bool {
	peer, ok := parseAddress(r.RemoteAddr)
	return ok && isIn(peer, s.options.TrustedProxies)
}
