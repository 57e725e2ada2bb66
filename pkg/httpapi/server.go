// Package httpapi is the HTTP server that all doors of the service share: who asks and whether they may, limits, request
// ids, one line in the log for every request, health for dashboards and probes. Doors hang their routes on it.
package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

const textType = "text/plain; charset=utf-8"

// Options are what a site sets, and the rest of the service as the server needs it.
type Options struct {
	Log            *slog.Logger   // nil: nothing is logged
	Version        string         // of the service, for /health
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	Probe          Probe          // what /health asks; all of it is needed
	Metrics        http.Handler   // nil: there is no /metrics

	Gate       *access.Gate    // admits callers; needed
	AnyHost    bool            // who shows no key may ask under whatever host name; see answersTo
	PerAddress *access.Limiter // of requests, before anybody is asked for a key; nil: no limit
	PerKey     *access.Limiter // of requests with a key; nil: no limit

	LegacyPath  string       // the one address at which a key may be in the query, too; empty: there is none
	PublicURL   string       // under which clients reach the service, without a trailing slash; empty: not known
	CORSOrigins []string     // whose pages may call, as browsers write them: https://crm.example.org
	Certificate *Certificate // nil: plain http

	// Renderers word refusals for the addresses below a path, such as /v1; the longest that fits counts. Everywhere else,
	// and where there is none, a refusal is a line of plain text.
	Renderers map[string]Renderer

	// Denied takes what goes into the audit trail about requests that were refused with 401 or 403. It returns soon, and does
	// its work although the client has gone away. May be nil.
	Denied func(context.Context, recording.AuditEntry)

	// Observe is told of every request, by the route's pattern, such as /v1/recordings/:id, or "unmatched". May be nil.
	Observe func(route, method string, status int, took time.Duration)
}

// Server is the HTTP server. It is used once: New, Handle and Group, Start, Shutdown.
type Server struct {
	options Options
	echo    *echo.Echo
	http    *http.Server
	health  *health
	rules   rules
	origins *origins
	denials *denials
}

// New makes a server with the routes of health, metrics and the API's document; nothing listens before Start.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // what echo would say there is said in our log, or answered
	e.IPExtractor = clientAddress(o.TrustedProxies)
	s := &Server{
		options: o, echo: e, rules: rules{}, health: newHealth(o.Probe, o.Version, o.Log),
		origins: newOrigins(o.CORSOrigins, o.PublicURL), denials: newDenials(o.Denied),
	}
	s.http = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: headerBound,
		IdleTimeout:       idleBound,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	if o.Certificate != nil {
		s.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: o.Certificate.get}
	}
	e.HTTPErrorHandler = s.answerError
	e.Use(identify, s.record, s.harden, s.cors, s.recover, s.limitAddress, limitBody, s.guard)
	s.routes()
	return s
}

// ServeHTTP answers one request without a listener.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Start serves on l, which it closes, until Shutdown; it returns nil then, else why the listener failed.
func (s *Server) Start(l net.Listener) error {
	serve := s.http.Serve
	if s.options.Certificate != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	err := serve(patient{l})
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
		s.options.Log.InfoContext(ctx, "requests still under way are cut")
		err = s.http.Close()
	}
	s.denials.close()
	s.health.settle(ctx)
	if err != nil {
		return fmt.Errorf("stop HTTP: %w", err)
	}
	return nil
}
