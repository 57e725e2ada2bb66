package httpapi

import (
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// record writes the request's line into the log and tells the observer, whatever became of the request.
func (s *Server) record(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		defer func() { s.note(c, time.Since(began)) }()
		if err := next(c); err != nil {
			c.Error(err)
		}
		return nil
	}
}

func (s *Server) note(c echo.Context, took time.Duration) {
	r, answer := c.Request(), c.Response()
	level := slog.LevelInfo
	if isProbe(c.Path()) {
		level = slog.LevelDebug
	}
	s.options.Log.LogAttrs(r.Context(), level, "request",
		slog.String("method", r.Method), slog.String("path", printable(r.URL)), slog.Int("status", answer.Status),
		slog.Int64("bytes", answer.Size), slog.Duration("took", took),
		slog.String("client", c.RealIP()), slog.String("request_id", RequestID(c)))
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
	return route == "/metrics" || route == "/health" || strings.HasPrefix(route, "/health/")
}

// printable is the request's path and query for the log: not endless, and without the keys of those who send them in the
// query as legacy clients do.
func printable(u *url.URL) string {
	const most = 1000
	text := u.EscapedPath()
	if u.RawQuery != "" {
		text += "?" + withoutSecrets(u.RawQuery)
	}
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}

func withoutSecrets(query string) string {
	parts := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || strings.EqualFold(strings.TrimSpace(plain), "apiKey") {
			parts[i] = name + "=REDACTED"
		}
	}
	return strings.Join(parts, "&")
}
