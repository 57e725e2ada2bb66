package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a running ari-recorder.
type process struct {
	url    string
	folder string
	cmd    *exec.Cmd
	ended  chan struct{}
	took   time.Duration // from the start of the process until it was ready
}

// launch starts the service with its data in folder and waits until it is ready.
func (b *bench) launch(ctx context.Context, folder string, settings ...string) (*process, error) {
	program, err := filepath.Abs(b.binary)
	if err != nil {
		return nil, err
	}
	p := &process{folder: folder, cmd: exec.Command(program, "serve"), ended: make(chan struct{})}
	for _, setting := range append(settings, "HTTP_LISTEN=127.0.0.1:0", "DATA_DIR="+folder, "LOG_FORMAT=json", "LOG_LEVEL=info") {
		p.cmd.Env = append(p.cmd.Env, "ARI_RECORDER_"+setting)
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	log, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	address := make(chan string, 1)
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s does not start; is it built? %w", b.binary, err)
	}
	go p.follow(log, address)
	if err := p.ready(ctx, address); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.took = time.Since(began)
	return p, nil
}

// follow finds the address in the log and shows what is amiss.
func (p *process) follow(log io.Reader, address chan<- string) {
	defer close(p.ended)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Level, Msg, Address string }
		err := json.Unmarshal(lines.Bytes(), &line)
		switch {
		case err == nil && line.Msg == "listening":
			address <- line.Address
		case err != nil || line.Level != "INFO":
			fmt.Fprintln(os.Stderr, lines.Text())
		}
	}
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, "ari-recorder:", err)
	}
}

func (p *process) ready(ctx context.Context, address <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	select {
	case a := <-address:
		p.url = "http://" + a
	case <-p.ended:
		return errors.New("ari-recorder ended")
	case <-ctx.Done():
		return errors.New("ari-recorder does not listen")
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := fetch(ctx, http.DefaultClient, p.url+"/health/ready", io.Discard); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("ari-recorder is not ready")
		}
	}
}

func (p *process) close() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}

// memory reads a figure of the process from the kernel, in MiB: VmRSS is what it holds, VmHWM the most it ever held.
func (p *process) memory(figure string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, figure+":"); found {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in the process's status", figure)
}

// forgetPeak lets VmHWM begin anew at what the process holds now.
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0o200)
}

// fetch reads an address to its end and returns how many bytes came; any status but 200 is an error with the words that came along.
func fetch(ctx context.Context, client *http.Client, address string, to io.Writer) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		words, err := io.ReadAll(io.LimitReader(response.Body, 300))
		return 0, errors.Join(fmt.Errorf("%s: %s", response.Status, words), err)
	}
	return io.Copy(to, response.Body)
}
