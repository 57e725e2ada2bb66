package e2e

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dockerSocket is where the Docker engine that runs the stack takes orders, seen from the container of these tests.
const dockerSocket = "/var/run/docker.sock"

// composition is the stack that this test runs in, as its Docker engine knows it.
type composition struct {
	t       *testing.T
	engine  *http.Client
	project string
}

// ownComposition finds the project of the container that this test runs in.
func ownComposition(t *testing.T) *composition {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", dockerSocket)
	}
	c := &composition{t: t, engine: &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
	name, err := os.Hostname()
	require.NoError(t, err)
	var own struct {
		Config struct{ Labels map[string]string }
	}
	c.ask(http.MethodGet, "/containers/"+name+"/json", http.StatusOK, &own)
	c.project = own.Config.Labels["com.docker.compose.project"]
	require.NotEmpty(t, c.project, "this container belongs to no project of Compose")
	return c
}

// ask gives the engine an order; see its API, which has these in all versions.
func (c *composition) ask(method, path string, status int, answer any) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, "http://docker"+path, nil)
	require.NoError(c.t, err)
	response, err := c.engine.Do(request)
	require.NoError(c.t, err, "the profile test needs the engine's socket at %s", dockerSocket)
	defer func() { require.NoError(c.t, response.Body.Close()) }()
	require.Equal(c.t, status, response.StatusCode, "%s %s", method, path)
	if answer != nil {
		require.NoError(c.t, json.NewDecoder(response.Body).Decode(answer))
	}
}

// container is the id of the only container of a service.
func (c *composition) container(service string) string {
	c.t.Helper()
	filters, err := json.Marshal(map[string][]string{
		"label": {"com.docker.compose.project=" + c.project, "com.docker.compose.service=" + service, "com.docker.compose.oneoff=False"},
	})
	require.NoError(c.t, err)
	var list []struct{ ID string }
	c.ask(http.MethodGet, "/containers/json?all=true&filters="+url.QueryEscape(string(filters)), http.StatusOK, &list)
	require.Len(c.t, list, 1, "containers of %s", service)
	return list[0].ID
}

// kill ends a service's container with SIGKILL.
func (c *composition) kill(service string) {
	c.t.Helper()
	c.ask(http.MethodPost, "/containers/"+c.container(service)+"/kill?signal=KILL", http.StatusNoContent, nil)
}

// start starts it again.
func (c *composition) start(service string) {
	c.t.Helper()
	c.ask(http.MethodPost, "/containers/"+c.container(service)+"/start", http.StatusNoContent, nil)
}
