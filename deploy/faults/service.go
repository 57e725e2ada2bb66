package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"ari-recorder/deploy/run"
)

// requestBound is the longest that the service may take for an answer; a start takes 5 s at most.
const requestBound = 10 * time.Second

// Service is an ari-recorder process that is killed and started again.
type Service struct {
	Binary   string
	Settings []string // environment variables without ARI_RECORDER_
	Log      *Log

	mu      sync.Mutex
	process *run.Process
}

// Start starts the process, again if it was ended, and waits until it listens.
func (s *Service) Start(ctx context.Context) error {
	p, err := run.Start(ctx, s.Binary, s.Settings, s.Log)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = p
	return err
}

func (s *Service) now() *run.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// Kill ends the process with SIGKILL.
func (s *Service) Kill() {
	if p := s.now(); p != nil {
		p.Kill()
	}
}

// Ready waits until a start would be accepted.
func (s *Service) Ready(ctx context.Context) error { return s.now().Ready(ctx) }

// Suspend stops the process where it stands, and lets it go on with false.
func (s *Service) Suspend(still bool) error {
	signal := syscall.SIGCONT
	if still {
		signal = syscall.SIGSTOP
	}
	return syscall.Kill(s.now().PID(), signal)
}

// Answer is what the service said.
type Answer struct {
	Status int
	Body   string
	Asked  Span // From: when it was asked; To: when the answer was there
}

// Get asks for a path.
func (s *Service) Get(ctx context.Context, path string) (Answer, error) {
	return s.Do(ctx, http.MethodGet, path, nil)
}

// Do sends a request with a JSON body, if that is not nil. An error means that there was no answer; Asked is set all the same.
func (s *Service) Do(ctx context.Context, method, path string, body any) (a Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestBound)
	defer cancel()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return a, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.now().URL+path, content)
	if err != nil {
		return a, err
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	a.Asked.From = time.Now()
	defer func() { a.Asked.To = time.Now() }()
	response, err := client.Do(request)
	if err != nil {
		return a, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	text, err := io.ReadAll(response.Body)
	a.Status, a.Body = response.StatusCode, string(text)
	return a, err
}

// JSON is Do with the answer's JSON put into value where the status is 200 or 201.
func (s *Service) JSON(ctx context.Context, method, path string, body, value any) (int, error) {
	a, err := s.Do(ctx, method, path, body)
	if err != nil || a.Status/100 != 2 {
		return a.Status, err
	}
	return a.Status, json.Unmarshal([]byte(a.Body), value)
}

// command runs a subcommand of the service's program under the service's settings and returns what it prints.
func (s *Service) command(ctx context.Context, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.Binary, argv...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for _, setting := range s.Settings {
		cmd.Env = append(cmd.Env, "ARI_RECORDER_"+setting)
	}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Log keeps the end of the service's log.
type Log struct {
	mu   sync.Mutex
	text []byte
}

// logKept is how much of a log is kept.
const logKept = 512 << 10

// Write takes a line.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, line...)
	if len(l.text) > 2*logKept {
		l.text = append(l.text[:0], l.text[len(l.text)-logKept:]...)
	}
	return len(line), nil
}

// String is what is kept.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
