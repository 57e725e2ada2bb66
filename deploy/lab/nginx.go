package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

//go:embed nginx.conf
var nginxConf string

// Nginx is a running web server that serves the files of one folder, as the peer of downloads in benchmarks.
type Nginx struct {
	URL string // http://127.0.0.1:PORT

	port   *portBlock
	jail   *jail
	server *server
}

// StartNginx serves the folder, which it only reads, and waits until it answers. The root folder of the clients must have been installed.
func StartNginx(ctx context.Context, dir string) (*Nginx, error) {
	n := &Nginx{}
	if err := n.prepare(ctx, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare nginx: %w", err), n.Close())
	}
	if err := n.server.start(ctx); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Nginx) prepare(ctx context.Context, dir string) (err error) {
	if n.port, err = leasePorts(ctx, serverPorts, serverPortsEnd, 1, 1); err != nil {
		return err
	}
	n.URL = fmt.Sprintf("http://127.0.0.1:%d", n.port.base)
	// The files may be readable by nobody but their owner, who is whoever called us.
	if n.jail, err = openJail(RootClients, dir, "root"); err != nil {
		return err
	}
	conf := strings.ReplaceAll(nginxConf, "{port}", strconv.Itoa(n.port.base))
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/root/tmp/nginx.conf", n.jail.first.Process.Pid), []byte(conf), 0o644); err != nil {
		return err
	}
	n.server = &server{
		jail: n.jail, argv: []string{"nginx", "-c", "/tmp/nginx.conf", "-e", "stderr"},
		ready: func(ctx context.Context) bool { return answersOK(ctx, n.URL+"/lab-is-up") },
	}
	return nil
}

// Close ends the web server.
func (n *Nginx) Close() error {
	var errs []error
	if n.jail != nil {
		errs = append(errs, n.jail.close())
	}
	if n.server != nil {
		errs = append(errs, n.server.kill())
	}
	if n.port != nil {
		errs = append(errs, n.port.release())
	}
	return errors.Join(errs...)
}
