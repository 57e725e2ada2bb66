// Package httpapi is the HTTP server that all doors of the service share: limits, request ids, one line in the log for
// every request, health for dashboards and probes. Doors hang their routes on its groups.
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
)

const (
	textType = "text/plain; charset=utf-8"
	internal = "internal error; the log has the details"
)

// Options are what a site sets, and the rest of the service as the server needs it.
type Options struct {
	Log            *slog.Logger   // nil: nothing is logged
	Version        string         // of the service, for /health
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	Probe          Probe          // what /health asks; all of it is needed
	Metrics        http.Handler   // nil: there is no /metrics

	// Guard stands before everything but health, metrics and the API's document. May be nil. It is no middleware of a
	// group: echo answers for a group that has any every path it does not know, and with them the wrong methods of known ones.
	Guard echo.MiddlewareFunc

	// Observe is told of every request, by the route's pattern, such as /v1/recordings/:id, or "unmatched". May be nil.
	Observe func(route, method string, status int, took time.Duration)
}

// Server is the HTTP server. It is used once: New, Group, Start, Shutdown.
type Server struct {
	options Options
	echo    *echo.Echo
	http    *http.Server
	health  *health
}

// New makes a server with the routes of health, metrics and the API's document; nothing listens before Start.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // what echo would say there is said in our log, or answered
	e.IPExtractor = clientAddress(o.TrustedProxies)
	s := &Server{options: o, echo: e, health: newHealth(o.Probe, o.Version, o.Log)}
	s.http = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: headerBound,
		IdleTimeout:       idleBound,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	e.HTTPErrorHandler = s.answerError
	e.Use(identify, s.record, s.recover, limitBody)
	s.routes()
	if o.Guard != nil {
		e.Use(s.unlessOpen(o.Guard))
	}
	return s
}

// unlessOpen applies a guard to the routes that doors register after those of the server itself.
func (s *Server) unlessOpen(guard echo.MiddlewareFunc) echo.MiddlewareFunc {
	open := make(map[string]bool)
	for _, route := range s.echo.Routes() {
		open[route.Path] = true
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		guarded := guard(next)
		return func(c echo.Context) error {
			if open[c.Path()] {
				return next(c)
			}
			return guarded(c)
		}
	}
}

func (s *Server) routes() {
	read := []string{http.MethodGet, http.MethodHead}
	s.echo.Match(read, "/health", s.health.show)
	s.echo.Match(read, "/health/live", s.health.live)
	s.echo.Match(read, "/health/ready", s.health.ready)
	s.echo.Match(read, "/openapi.yaml", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/yaml", api.OpenAPI)
	})
	if s.options.Metrics != nil {
		s.echo.Match(read, "/metrics", echo.WrapHandler(s.options.Metrics))
	}
}

// Group returns a new group of routes at the root, guarded by the middleware given, for a door to register on.
func (s *Server) Group(guards ...echo.MiddlewareFunc) *echo.Group { return s.echo.Group("", guards...) }

// ServeHTTP answers one request without a listener.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Start serves on l, which it closes, until Shutdown; it returns nil then, else why the listener failed.
func (s *Server) Start(l net.Listener) error {
	err := s.http.Serve(patient{l})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP: %w", err)
}

// Shutdown takes no more requests and waits for those under way; what is not finished when ctx ends, such as long
// downloads, is cut. It returns an error only if that fails.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil && ctx.Err() != nil {
		s.options.Log.Info("requests still under way are cut")
		err = s.http.Close()
	}
	s.health.settle(ctx)
	if err != nil {
		return fmt.Errorf("stop HTTP: %w", err)
	}
	return nil
}
