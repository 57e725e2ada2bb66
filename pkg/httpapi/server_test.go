package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ari-recorder/api"
)

func TestEveryRouteIsDocumentedAndServed(t *testing.T) {
	s := serve(t, Options{Metrics: http.NotFoundHandler()}).open()
	var doc struct {
		Paths map[string]map[string]any
	}
	require.NoError(t, yaml.Unmarshal(api.OpenAPI, &doc))
	for _, route := range s.echo.Routes() {
		require.Contains(t, doc.Paths, route.Path)
	}
	r := s.get("/openapi.yaml")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "application/yaml", r.Header.Get("Content-Type"))
	require.Equal(t, string(api.OpenAPI), r.body)
}

func TestMetricsAreServedByTheHandlerGiven(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, "figures")
		require.NoError(t, err)
	})
	require.Equal(t, "figures", serve(t, Options{Metrics: handler}).open().get("/metrics").body)
	require.Equal(t, 404, serve(t, Options{}).open().get("/metrics").StatusCode)
}

func TestGroupsAreGuarded(t *testing.T) {
	s := serve(t, Options{})
	closed := func(echo.HandlerFunc) echo.HandlerFunc {
		return func(echo.Context) error { return echo.NewHTTPError(http.StatusUnauthorized, "a key is missing") }
	}
	hello := func(c echo.Context) error { return c.String(http.StatusOK, Actor(c).Address) }
	s.Group(closed).GET("/inside", hello)
	s.Group().GET("/outside", hello)
	s.open()
	r := s.get("/inside")
	require.Equal(t, 401, r.StatusCode)
	require.Equal(t, "a key is missing\n", r.body)
	require.Equal(t, "127.0.0.1", s.get("/outside").body)
	require.Equal(t, 200, s.get("/health/live").StatusCode)
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	s := serve(t, Options{})
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Group().GET("/slow", func(c echo.Context) error {
		close(entered)
		<-leave
		return c.String(http.StatusOK, "done")
	})
	s.open()
	answer := make(chan string)
	go func() { answer <- s.get("/slow").body }()
	<-entered
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	require.NoError(t, <-s.ended) // the listener is closed first
	s.url = ""
	close(leave)
	require.Equal(t, "done", <-answer)
	require.NoError(t, <-stopped)
}

func TestShutdownCutsWhatTakesTooLong(t *testing.T) {
	s := serve(t, Options{})
	gone := make(chan struct{})
	s.Group().GET("/endless", func(c echo.Context) error {
		defer close(gone)
		c.Response().WriteHeader(http.StatusOK)
		c.Response().Flush()
		<-c.Request().Context().Done()
		return nil
	})
	s.open()
	resp, err := s.client.Get(s.url + "/endless")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, s.Shutdown(ctx))
	<-gone
	_, err = io.ReadAll(resp.Body)
	require.Error(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, s.log.String(), "requests still under way are cut")
}

func TestStartTellsWhyTheListenerFailed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, serve(t, Options{}).Start(l), net.ErrClosed)
}

func TestHugeHeadersAreRefused(t *testing.T) {
	s := serve(t, Options{}).open()
	require.Equal(t, 200, s.get("/health/live?tag="+strings.Repeat("x", 10<<10)).StatusCode)
	require.Equal(t, 431, s.get("/health/live?tag="+strings.Repeat("x", 40<<10)).StatusCode)
}

func TestABodyOnGETIsRefusedWithoutReadingIt(t *testing.T) {
	s := serve(t, Options{}).open()
	for _, length := range []string{"Content-Length: 1000000000", "Transfer-Encoding: chunked"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
		_, err = io.WriteString(conn, "GET /health/live HTTP/1.1\r\nHost: x\r\n"+length+"\r\n\r\n")
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, 400, resp.StatusCode)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "GET takes no body; put the parameters into the query\n", string(body))
		require.True(t, resp.Close)
		require.NoError(t, resp.Body.Close())
		require.NoError(t, conn.Close())
	}
}

// stalled is a connection whose other side takes nothing.
type stalled struct {
	net.Conn
	deadline time.Time
}

func (s *stalled) SetWriteDeadline(t time.Time) error {
	s.deadline = t
	return nil
}

func (s *stalled) Write([]byte) (int, error) { return 0, errors.New("i/o timeout") }

func TestEveryWriteHasItsOwnTimeLimit(t *testing.T) {
	conn := &stalled{}
	began := time.Now()
	_, err := patientConn{conn}.Write([]byte("x"))
	require.ErrorContains(t, err, "i/o timeout")
	require.WithinRange(t, conn.deadline, began.Add(stallBound), time.Now().Add(stallBound))
}
