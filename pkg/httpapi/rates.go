package httpapi

import (
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

// limitAddress bounds the requests of each address, before anything is done for one. Probes are let through: a
// busy neighbour behind the same address must not make the service look dead.
func (s *Server) limitAddress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.options.PerAddress == nil || isHealth(c.Path()) {
			return next(c)
		}
		if wait, ok := s.options.PerAddress.Allow(addressName(c.RealIP())); !ok {
			return tooMany("this address", wait)
		}
		return next(c)
	}
}

// limitKey bounds the requests with each key, from wherever they come.
func (s *Server) limitKey(c echo.Context, caller access.Caller) error {
	if s.options.PerKey == nil || caller.Name == "" || caller.Name == access.LegacyName {
		return nil
	}
	if wait, ok := s.options.PerKey.Allow(caller.Name); !ok {
		return tooMany("the key "+caller.Name, wait)
	}
	return nil
}

func tooMany(who string, wait time.Duration) error {
	return &recording.Error{Code: api.CodeRateLimited, Detail: "too many requests by " + who + "; wait a little", RetryAfter: wait}
}

// addressName is by what a client's address is counted.
func addressName(client string) string {
	if address, ok := parseAddress(client); ok {
		return access.AddressName(address)
	}
	return client
}
