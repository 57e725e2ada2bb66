// Package run runs the service's own binary as a process, for the demo, the benchmark and the end-to-end tests.
package run

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// upBound is how long the service may take to listen, and then to be ready.
const upBound = 20 * time.Second

// Process is a running ari-recorder.
type Process struct {
	URL   string      // where it listens, such as http://127.0.0.1:8080
	TLS   *tls.Config // what its https clients need to believe it; nil with plain http
	cmd   *exec.Cmd
	ended chan struct{} // closed once the process has ended and its log is read

	mu   sync.Mutex
	last string // line of the log
}

// Start runs `binary serve` with the settings, flags or environment variables without ARI_RECORDER_, on a free port, and
// returns once it listens. Every line of its log, JSON, goes to log, which may be nil. It ends with the caller's process at the
// latest, and is not in its process group: Ctrl-C is the caller's, who ends things in order.
func Start(ctx context.Context, binary string, settings []string, log io.Writer) (*Process, error) {
	program, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(program, "serve"), ended: make(chan struct{})}
	if p.TLS, err = believing(settings); err != nil {
		return nil, err
	}
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GORACE=halt_on_error=1"}
	for _, setting := range append([]string{"HTTP_LISTEN=127.0.0.1:0", "LOG_FORMAT=json"}, settings...) {
		if strings.HasPrefix(setting, "--") {
			p.cmd.Args = append(p.cmd.Args, setting)
			continue
		}
		p.cmd.Env = append(p.cmd.Env, "ARI_RECORDER_"+setting)
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s does not start; is it built? %w", binary, err)
	}
	address := make(chan string, 1)
	go p.follow(out, log, address)
	return p, p.listening(ctx, address)
}

// believing trusts the certificates in the service's own file, if the settings name one.
func believing(settings []string) (*tls.Config, error) {
	for _, setting := range settings {
		file, found := strings.CutPrefix(setting, "HTTP_TLS_CERT_FILE=")
		if !found {
			continue
		}
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(pem)
		return &tls.Config{RootCAs: trusted}, nil
	}
	return nil, nil
}

// follow finds the address in the log, passes the lines on, and notes when the process has ended.
func (p *Process) follow(out io.Reader, log io.Writer, address chan<- string) {
	defer close(p.ended)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.last = lines.Text()
		p.mu.Unlock()
		if log != nil {
			_, _ = fmt.Fprintln(log, lines.Text()) // a log that cannot be kept must not stop the service
		}
		var said struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Msg == "listening" {
			address <- said.Address
		}
	}
	_ = p.cmd.Wait() // ExitCode tells
}

func (p *Process) listening(ctx context.Context, address <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, upBound)
	defer cancel()
	select {
	case a := <-address:
		p.URL = "http://" + a
		if p.TLS != nil {
			p.URL = "https://" + a
		}
		return nil
	case <-p.ended:
		return fmt.Errorf("ari-recorder has ended: %s", p.lastLine())
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("ari-recorder does not listen: %s", p.lastLine())
	}
}

func (p *Process) lastLine() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// Ready waits until the service would accept a start. From outside no event tells, so it is asked.
func (p *Process) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, upBound)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if p.answers(ctx, "/health/ready") {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("ari-recorder has ended: %s", p.lastLine())
		case <-ctx.Done():
			return fmt.Errorf("ari-recorder is not ready: %s", p.lastLine())
		}
	}
}

func (p *Process) answers(ctx context.Context, path string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: p.TLS}}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // it was only looked at
	return response.StatusCode == http.StatusOK
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end, as systemd or Docker would, and waits for it; it returns the exit code.
func (p *Process) Stop() (int, error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	<-p.ended
	return p.cmd.ProcessState.ExitCode(), nil
}

// Kill ends the process as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}
