package httpapi

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

func TestLocalOnly(t *testing.T) {
	e := echo.New()
	e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusOK) }, LocalOnly)
	for _, c := range []struct {
		host, header string
		status       int
	}{
		{"127.0.0.1:8080", "", http.StatusOK},
		{"localhost:8080", "", http.StatusOK},
		{"localhost", "", http.StatusOK},
		{"[::1]:8080", "", http.StatusOK},
		{"127.0.0.2", "", http.StatusOK},
		{"evil.example", "", http.StatusForbidden},
		{"evil.example:8080", "", http.StatusForbidden},
		{"192.0.2.1:8080", "", http.StatusForbidden},
		{"localhost.evil.example", "", http.StatusForbidden},
		{"", "", http.StatusForbidden},
		{"127.0.0.1:8080", "X-Forwarded-For", http.StatusUnauthorized},
		{"127.0.0.1:8080", "Forwarded", http.StatusUnauthorized},
		{"127.0.0.1:8080", "X-Real-Ip", http.StatusUnauthorized},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = c.host
		if c.header != "" {
			r.Header.Set(c.header, "127.0.0.1")
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		require.Equal(t, c.status, w.Code, "%+v", c)
		if c.status == http.StatusUnauthorized {
			require.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
		}
	}
}
