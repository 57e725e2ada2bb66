package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Clients is a Debian with the programs by which the service is called: PHP with its SoapClient, Python with zeep and requests, a JDK with
// Axis 1.4, Perl with SOAP::Lite, curl, jq and a headless Chromium. They run as an unprivileged user, see the host's loopback network, and Dir
// as /srv.
type Clients struct {
	Dir string // the host's path of the programs' /srv

	port    *portBlock // of Chromium's DevTools
	jail    *jail
	browser *server // nil before Browse
}

// StartClients enters the root folder, which must have been installed.
func StartClients(ctx context.Context) (*Clients, error) {
	c := &Clients{}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare client programs: %w", err), c.Close())
	}
	return c, nil
}

func (c *Clients) prepare(ctx context.Context) (err error) {
	if c.port, err = leasePorts(ctx, serverPorts, serverPortsEnd, 1, 1); err != nil {
		return err
	}
	if c.Dir, err = instanceDir(RootClients, c.port.base); err != nil {
		return err
	}
	if c.jail, err = openJail(RootClients, c.Dir, "nobody"); err != nil {
		return err
	}
	return c.jail.give(c.Dir)
}

// Put writes a file into /srv; its name may hold folders.
func (c *Clients) Put(name string, content []byte) error {
	path := filepath.Join(c.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return err
	}
	// Only what was written: beside it programs may be making and removing files of their own.
	top, _, _ := strings.Cut(name, "/")
	return c.jail.give(filepath.Join(c.Dir, top))
}

// Command is a program with /srv as its folder. It ends with ctx and with the Clients.
func (c *Clients) Command(ctx context.Context, argv ...string) *exec.Cmd {
	cmd := c.jail.command(ctx, argv...)
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8") // arguments are UTF-8
	return cmd
}

// trust makes the database of certificates in which Chromium looks, and puts the authority of the file $1 into it.
const trust = `mkdir -p /tmp/.pki/nssdb && certutil -d sql:/tmp/.pki/nssdb -N --empty-password &&
	certutil -d sql:/tmp/.pki/nssdb -A -t C,, -n lab -i "$1"`

// Trust lets Chromium believe the certificates of the authority in the PEM file below /srv; it is to be called once, before Browse.
func (c *Clients) Trust(ctx context.Context, file string) error {
	said, err := c.Command(ctx, "sh", "-c", trust, "trust", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("trust %s: %w: %s", file, err, lastLines(string(said), 3))
	}
	return nil
}

// Browse starts Chromium, with flags on top of what it needs here, and returns the http address of its DevTools.
func (c *Clients) Browse(ctx context.Context, flags ...string) (string, error) {
	argv := append([]string{
		"chromium-headless-shell", "--remote-debugging-port=" + strconv.Itoa(c.port.base), "--user-data-dir=/tmp/chromium",
		// Chromium's sandbox is made of namespaces, which no program can make within a chroot. The jail stands in its place.
		"--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
	}, flags...)
	c.browser = &server{jail: c.jail, argv: argv, ready: c.browses}
	return c.devTools(), c.browser.start(ctx)
}

func (c *Clients) devTools() string { return fmt.Sprintf("http://127.0.0.1:%d", c.port.base) }

// browses tells whether Chromium answers.
func (c *Clients) browses(ctx context.Context) bool {
	return answersOK(ctx, c.devTools()+"/json/version")
}

func answersOK(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // it was only looked at
	return response.StatusCode == http.StatusOK
}

// Close ends all programs and removes /srv.
func (c *Clients) Close() error {
	var errs []error
	if c.jail != nil {
		errs = append(errs, c.jail.close())
	}
	if c.browser != nil {
		errs = append(errs, c.browser.kill())
	}
	if c.Dir != "" {
		errs = append(errs, os.RemoveAll(c.Dir))
	}
	if c.port != nil {
		errs = append(errs, c.port.release())
	}
	return errors.Join(errs...)
}
