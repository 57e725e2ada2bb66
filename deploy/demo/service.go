package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// service is the running ari-recorder.
type service struct {
	url    string
	folder string
	cmd    *exec.Cmd
	ended  chan error
}

// serve starts the service on a free port and waits until it would take a start.
func (d *demo) serve(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "ari-recorder-demo-")
	if err != nil {
		return err
	}
	program, err := filepath.Abs(d.binary)
	if err != nil {
		return err
	}
	s := &service{folder: folder, cmd: exec.Command(program, "serve"), ended: make(chan error, 1)}
	d.service = s
	settings := []string{"ASTERISK_URL=" + d.pbx.URL, "ASTERISK_USERNAME=" + d.pbx.Username, "ASTERISK_PASSWORD=" + d.pbx.Password}
	d.say("ARI_RECORDER_%s \\", settings[0])
	d.say("ARI_RECORDER_%s ARI_RECORDER_%s ari-recorder serve", settings[1], settings[2])
	settings = append(settings, "HTTP_LISTEN=127.0.0.1:0", "DATA_DIR="+folder, "LOG_FORMAT=json")
	for _, setting := range settings {
		s.cmd.Env = append(s.cmd.Env, "ARI_RECORDER_"+setting)
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM} // Ctrl-C is the demo's, which ends it in order
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	address := make(chan string, 1)
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("%s does not start; is it built? %w", d.binary, err)
	}
	go s.follow(log, address)
	return d.ready(ctx, address)
}

// follow finds the address in the log, keeps the log flowing, and tells when the process has ended.
func (s *service) follow(log io.Reader, address chan<- string) {
	var last string
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		last = lines.Text()
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			address <- line.Address
		}
	}
	if err := s.cmd.Wait(); err != nil {
		s.ended <- fmt.Errorf("ari-recorder: %w: %s", err, last)
	}
	close(s.ended)
}

// ready waits until a start would be accepted; the health address is what there is to ask.
func (d *demo) ready(ctx context.Context, address <-chan string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	select {
	case a := <-address:
		d.service.url = "http://" + a
	case err := <-d.service.ended:
		return err
	case <-ctx.Done():
		return errors.New("ari-recorder does not listen")
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _, err := get(ctx, d.service.url+"/health/ready")
		if err == nil {
			d.say("ready at %s", d.service.url)
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("ari-recorder is not ready: %w", err)
		}
	}
}

// close asks the service to end, waits for it, and removes its folder.
func (s *service) close() error {
	var err error
	if s.cmd.Process != nil {
		if err = s.cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		for ended := range s.ended {
			err = errors.Join(err, ended)
		}
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
