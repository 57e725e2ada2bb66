package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
)

// rules say who may use which route: by the route's pattern, then by method. What is not in them is never let through.
type rules map[string]map[string]rule

type rule struct {
	open   bool           // to everybody, without credentials
	scopes []access.Scope // one of which the caller needs; none: every caller may
}

func (r rules) add(method, pattern string, who rule) {
	if r[pattern] == nil {
		r[pattern] = make(map[string]rule)
	}
	r[pattern][method] = who
}

// methods are those that the pattern takes, in a fixed order; none if nothing is served there.
func (r rules) methods(pattern string) []string {
	if len(r[pattern]) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(r[pattern]))
}

// allow is the Allow header for the pattern, empty if nothing is served there.
func (r rules) allow(pattern string) string {
	methods := r.methods(pattern)
	if methods == nil {
		return ""
	}
	return strings.Join(append(methods, http.MethodOptions), ", ")
}

// Handle serves a route to callers who have one of the scopes, or to every caller if none is named. The API's page
// below /docs is open to everybody.
func (s *Server) Handle(method, path string, h echo.HandlerFunc, anyOf ...access.Scope) {
	s.rules.add(method, path, rule{open: isDocs(path), scopes: anyOf})
	s.echo.Add(method, path, h)
}

// Group returns a group of routes at the root, for the door of the legacy address to register on. The guard lets GET and
// POST of Options.LegacyPath through to it, after it has asked for credentials, and nothing else.
func (s *Server) Group() *echo.Group { return s.echo.Group("") }

// Route is one of the addresses that the server answers.
type Route struct {
	Method string
	Path   string         // pattern, such as /v1/recordings/:id
	Open   bool           // no credentials are asked for
	Scopes []access.Scope // one of which the caller needs; none: every caller may
}

// Routes lists what the server answers, in a fixed order.
func (s *Server) Routes() []Route {
	var list []Route
	for _, pattern := range slices.Sorted(maps.Keys(s.rules)) {
		for _, method := range s.rules.methods(pattern) {
			r := s.rules[pattern][method]
			list = append(list, Route{method, pattern, r.open, r.scopes})
		}
	}
	return list
}

// routes registers the server's own.
func (s *Server) routes() {
	s.read("/health", true, s.health.show)
	s.read("/health/live", true, s.health.live)
	s.read("/health/ready", true, s.health.ready)
	s.read("/openapi.yaml", true, func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/yaml", api.OpenAPI)
	})
	if s.options.Metrics != nil {
		s.read("/metrics", false, echo.WrapHandler(s.options.Metrics))
	}
	if path := s.options.LegacyPath; path != "" {
		s.rules.add(http.MethodGet, path, rule{})
		s.rules.add(http.MethodPost, path, rule{})
	}
}

func (s *Server) read(path string, open bool, h echo.HandlerFunc) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		s.rules.add(method, path, rule{open: open})
		s.echo.Add(method, path, h)
	}
}

func isHealth(path string) bool { return path == "/health" || strings.HasPrefix(path, "/health/") }

func isDocs(path string) bool { return path == "/docs" || strings.HasPrefix(path, "/docs/") }
