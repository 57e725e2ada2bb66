package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"testing"
)

// Operator is a Debian with the tools of those who look after a site: nginx and Caddy, sqlite3, the client of MariaDB, rsync, nft. They run as
// root, see the host's loopback network, and a folder of the test's as /srv; nothing else that they could write outlives them.
type Operator struct {
	HTTP, HTTPS int // ports for a proxy to listen on

	ports   []*portBlock
	jail    *jail
	servers []*server
}

// NewOperator gives a test the tools, installing what is missing, with dir as /srv, and ends them with the test.
func NewOperator(t testing.TB, dir string) *Operator {
	t.Helper()
	need(t, RootOperator)
	return started(t, func(ctx context.Context) (*Operator, error) { return startOperator(ctx, dir) })
}

func startOperator(ctx context.Context, dir string) (o *Operator, err error) {
	o = &Operator{}
	for range 2 {
		port, err := leasePorts(ctx, serverPorts, serverPortsEnd, 1, 1)
		if err != nil {
			return nil, errors.Join(err, o.Close())
		}
		o.ports = append(o.ports, port)
	}
	o.HTTP, o.HTTPS = o.ports[0].base, o.ports[1].base
	if o.jail, err = openJail(RootOperator, dir, "root"); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// Command is a program with /srv as its folder. It ends with ctx and with the Operator.
func (o *Operator) Command(ctx context.Context, argv ...string) *exec.Cmd {
	return o.jail.command(ctx, argv...)
}

// Serve starts a server that listens on HTTP, and waits until it answers there, whatever it says.
func (o *Operator) Serve(ctx context.Context, argv ...string) error {
	s := &server{jail: o.jail, argv: argv, ready: func(ctx context.Context) bool {
		return answers(ctx, "http://127.0.0.1:"+strconv.Itoa(o.HTTP))
	}}
	o.servers = append(o.servers, s)
	return s.start(ctx)
}

func answers(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	request.Close = true
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // it was only looked at
	return true
}

// Close ends all programs.
func (o *Operator) Close() error {
	var errs []error
	if o.jail != nil {
		errs = append(errs, o.jail.close())
	}
	for _, s := range o.servers {
		errs = append(errs, s.kill())
	}
	for _, port := range o.ports {
		errs = append(errs, port.release())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("end the operator's programs: %w", err)
	}
	return nil
}
