package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// address is what is known of http.listen.
type address struct {
	notes
	ours bool // the service runs there
}

// address looks who listens at http.listen: the service, nobody, or somebody else.
func (o Options) address(ctx context.Context) *address {
	const name = "service:address"
	a, listen := &address{}, o.Config.HTTP.Listen
	version, answered := o.serviceAnswers(ctx)
	if a.ours = version != ""; a.ours {
		a.ok(name, "ari-recorder %s runs and listens on %s", version, listen)
		return a
	}
	if answered {
		a.fault(name, "another program answers on "+listen, "stop that program, or set http.listen to another port; who it is, as root: "+whoListens(listen))
		return a
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", listen)
	if err == nil {
		err = listener.Close()
	}
	switch {
	case err == nil:
		a.ok(name, "%s is free; the service does not run there", listen)
	case errors.Is(err, syscall.EADDRINUSE):
		a.fault(name, "another program holds "+listen, "stop that program, or set http.listen to another port; who it is, as root: "+whoListens(listen))
	case errors.Is(err, syscall.EACCES):
		a.fault(name, "this user may not listen on "+listen, "in the service's unit: AmbientCapabilities=CAP_NET_BIND_SERVICE; or set http.listen to a port above 1023")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		a.fault(name, "no network interface of this machine has the address of http.listen, "+listen, "set http.listen to an address of this machine (ip -brief address), or to 0.0.0.0 for all")
	default:
		a.fault(name, "cannot listen on "+listen+": "+err.Error(), "set http.listen to an address and port of this machine")
	}
	return a
}

func whoListens(listen string) string {
	_, port, _ := net.SplitHostPort(listen) // the configuration was valid
	return "ss -ltnp 'sport = :" + port + "'"
}

// serviceAnswers asks for /health. It returns the version of a service of ours, and whether anything spoke HTTP.
func (o Options) serviceAnswers(ctx context.Context) (version string, answered bool) {
	if o.Local == "" {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.Local+"/health", nil)
	if err != nil {
		return "", false
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // nothing is told, and its certificate need not name this address
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "", false
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	var health struct {
		Version string
		Checks  map[string]any
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/health+json") &&
		json.NewDecoder(response.Body).Decode(&health) == nil && health.Checks["recordings:active"] != nil {
		return fmt.Sprint(health.Version), true
	}
	return "", true
}
