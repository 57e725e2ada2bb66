package httpapi

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

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

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	s := serve(t, Options{})
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Handle(http.MethodGet, "/slow", func(c echo.Context) error {
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
	s.Handle(http.MethodGet, "/endless", func(c echo.Context) error {
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
