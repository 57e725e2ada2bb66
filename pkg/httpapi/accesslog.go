package httpapi

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/journal"
)

// record writes the request's one line into the log and tells the observer, whatever became of the request.
func (s *Server) record(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, sent := time.Now(), newTally(c.Response())
		defer func() { s.note(c, sent.bytes, time.Since(began)) }()
		if err := next(c); err != nil {
			c.Error(err)
		}
		return nil
	}
}

func (s *Server) note(c echo.Context, sent int64, took time.Duration) {
	r, answer := c.Request(), c.Response()
	level := slog.LevelInfo
	if isProbe(c.Path()) {
		level = slog.LevelDebug
	}
	asked := journal.Of(r.Context())
	line := append([]slog.Attr{
		slog.String("method", redact(r.Method)), slog.String("path", printable(r.URL)), slog.Int("status", answer.Status),
		slog.Int64("bytes", sent), slog.Duration("took", took), slog.String("client", c.RealIP()),
	}, asked.Attrs(redactKeys)...)
	s.options.Log.LogAttrs(r.Context(), asked.Level(level), "request", line...)
	if s.options.Observe != nil {
		route := c.Path()
		if route == "" {
			route = "unmatched"
		}
		s.options.Observe(route, r.Method, answer.Status, took)
	}
}

// isProbe tells which routes machines ask all day.
func isProbe(route string) bool {
	return route == "/metrics" || isHealth(route)
}
