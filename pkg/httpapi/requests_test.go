package httpapi

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

func TestRequestIDsAreTakenIfHarmless(t *testing.T) {
	s := serve(t, Options{}).open()
	for id, taken := range map[string]bool{
		"01k9z8x7w6v5t4s3r2q1p0n9m8": true, "550e8400-e29b-41d4-a716-446655440000": true, "a/b:c=d+e.f_g": true,
		"": false, "two words": false, "<script>": false, `"`: false, "é": false, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false,
	} {
		got := s.get("/health/live", "X-Request-Id", id).Header.Get("X-Request-Id")
		require.Equal(t, taken, got == id, id)
		require.True(t, isHarmless(got), got)
		require.Contains(t, s.log.String(), got)
	}
}

func TestUnknownAddressesAndMethodsAreToldClearly(t *testing.T) {
	s := serve(t, Options{}).open()
	r := s.get("/no%0Awhere/%3Cb%3E?x=1")
	require.Equal(t, 404, r.StatusCode)
	require.Equal(t, "nothing is served at /no%0Awhere/%3Cb%3E\n", r.body)
	require.Equal(t, "text/plain; charset=utf-8", r.Header.Get("Content-Type"))
	r = s.ask(http.MethodDelete, "/health")
	require.Equal(t, 405, r.StatusCode)
	require.Equal(t, "GET, HEAD, OPTIONS", r.Header.Get("Allow"))
	require.Equal(t, "DELETE is not allowed here; use GET, HEAD, OPTIONS\n", r.body)
}

func TestErrorsOfHandlersStayInTheLog(t *testing.T) {
	s := serve(t, Options{})
	s.Handle(http.MethodGet, "/broken", func(echo.Context) error { return errors.New("secret of the inside") })
	r := s.open().get("/broken")
	require.Equal(t, 500, r.StatusCode)
	require.Equal(t, "internal error; the log has the details\n", r.body)
	require.Equal(t, 1, strings.Count(s.log.String(), "secret of the inside"))
}

func TestAPanicIsA500AndLoggedOnce(t *testing.T) {
	s := serve(t, Options{})
	s.Handle(http.MethodGet, "/panic", func(echo.Context) error { panic("secret of the inside") })
	r := s.open().get("/panic")
	require.Equal(t, 500, r.StatusCode)
	require.Equal(t, "internal error; the log has the details\n", r.body)
	require.Equal(t, 1, strings.Count(s.log.String(), "secret of the inside"))
	require.Contains(t, s.log.String(), "requests_test.go", "the stack")
	require.Contains(t, s.log.String(), "status=500")
	require.Equal(t, 200, s.get("/health/live").StatusCode)
}

func TestAPanicInTheMiddleBreaksTheAnswerOff(t *testing.T) {
	s := serve(t, Options{})
	s.Handle(http.MethodGet, "/panic", func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		c.Response().Flush()
		panic("secret of the inside")
	})
	s.open()
	resp, err := s.client.Get(s.url + "/panic")
	require.NoError(t, err)
	_, err = resp.Body.Read(make([]byte, 1))
	require.Error(t, err)
	require.NoError(t, resp.Body.Close())
	s.stop()
	require.Contains(t, s.log.String(), "msg=request method=GET path=/panic")
}

func TestEveryRequestHasOneLineAndOneObservation(t *testing.T) {
	type seen struct {
		route, method string
		status        int
	}
	var mu sync.Mutex
	var all []seen
	s := serve(t, Options{Observe: func(route, method string, status int, took time.Duration) {
		require.GreaterOrEqual(t, took, time.Duration(0))
		mu.Lock()
		defer mu.Unlock()
		all = append(all, seen{route, method, status})
	}})
	s.Handle(http.MethodGet, "/hello/:name", func(c echo.Context) error { return c.String(http.StatusCreated, "12345") })
	s.open()
	s.get("/hello/world?tag=22", "X-Request-Id", "r-1")
	s.get("/wp-login.php")
	s.ask(http.MethodPost, "/hello/world")
	s.get("/health/ready")
	s.stop()
	require.Equal(t, []seen{
		{"/hello/:name", "GET", 201}, {"unmatched", "GET", 404}, {"/hello/:name", "POST", 405}, {"/health/ready", "GET", 200},
	}, all)
	log := s.log.String()
	require.Regexp(t, `level=INFO msg=request method=GET path="/hello/world\?tag=22" status=201 bytes=5 took=\S+ client=127.0.0.1 request=r-1\n`, log)
	require.Regexp(t, `level=DEBUG msg=request method=GET path=/health/ready`, log)
	require.Equal(t, 4, strings.Count(log, "msg=request "))
}

func TestKeysInTheQueryAreNotLogged(t *testing.T) {
	s := serve(t, Options{}).open()
	for _, query := range []string{
		"apiKey=geheim&tag=22", "tag=22&APIKEY=geheim", "apiKey=geheim=geheim", "api%4Bey=geheim", "+apiKey=geheim",
		"x=1;apiKey=geheim", "%zz=geheim", "apiKey=1&apiKey=geheim",
	} {
		s.get("/x?" + query)
	}
	s.get("/x?tag=22&tag=" + strings.Repeat("9", 5000))
	s.stop()
	log := s.log.String()
	require.NotContains(t, log, "geheim")
	require.Contains(t, log, "/x?apiKey=REDACTED&tag=22")
	require.Contains(t, log, strings.Repeat("9", 900))
	require.NotContains(t, log, strings.Repeat("9", 1000))
}
