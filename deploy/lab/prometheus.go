package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Prometheus is a running Prometheus of its own, with a throw-away database.
type Prometheus struct {
	URL string // http://127.0.0.1:PORT
	Dir string // the host's path of its /srv

	port   *portBlock
	jail   *jail
	server *server
}

// StartPrometheus runs Prometheus with the files, by their names below its folder, of which prometheus.yml is its
// configuration, and waits until it answers. The root folder must have been installed.
func StartPrometheus(ctx context.Context, files map[string][]byte) (*Prometheus, error) {
	p := &Prometheus{}
	if err := p.prepare(ctx, files); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare Prometheus: %w", err), p.Close())
	}
	if err := p.server.start(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Prometheus) prepare(ctx context.Context, files map[string][]byte) (err error) {
	if p.port, err = leasePorts(ctx, serverPorts, serverPortsEnd, 1, 1); err != nil {
		return err
	}
	p.URL = fmt.Sprintf("http://127.0.0.1:%d", p.port.base)
	if p.Dir, err = instanceDir(RootPrometheus, p.port.base); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(p.Dir, name), content, 0o644); err != nil {
			return err
		}
	}
	if p.jail, err = openJail(RootPrometheus, p.Dir, "prometheus"); err != nil {
		return err
	}
	p.server = &server{jail: p.jail, argv: []string{
		"prometheus", "--config.file=/srv/prometheus.yml", "--storage.tsdb.path=/srv/data", "--log.level=warn",
		"--web.listen-address=127.0.0.1:" + strconv.Itoa(p.port.base),
	}, ready: func(ctx context.Context) bool { return answersOK(ctx, p.URL+"/-/ready") }}
	return p.jail.give(p.Dir)
}

// Promtool runs Prometheus's promtool beside the files that Prometheus was started with, and returns what it says; input
// is what it reads.
func (p *Prometheus) Promtool(ctx context.Context, input string, args ...string) (string, error) {
	cmd := p.jail.command(ctx, append([]string{"promtool"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return string(said), fmt.Errorf("promtool %s: %w: %s", strings.Join(args, " "), err, said)
	}
	return string(said), nil
}

// Close ends the server and removes its files.
func (p *Prometheus) Close() error {
	var errs []error
	if p.jail != nil {
		errs = append(errs, p.jail.close())
	}
	if p.server != nil {
		errs = append(errs, p.server.kill())
	}
	if p.Dir != "" {
		errs = append(errs, os.RemoveAll(p.Dir))
	}
	if p.port != nil {
		errs = append(errs, p.port.release())
	}
	return errors.Join(errs...)
}
