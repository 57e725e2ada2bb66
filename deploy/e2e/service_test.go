package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// binary is the service, built once for all tests with the race detector in it.
var binary string

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(runner{m})
}

// runner builds the service before the tests and removes it afterwards.
type runner struct{ *testing.M }

func (r runner) Run() int {
	folder, err := os.MkdirTemp("", "ari-recorder-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "ari-recorder")
	build := exec.Command("go", "build", "-race", "-o", binary, "ari-recorder/cmd/ari-recorder")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return r.M.Run()
}

// service is a running ari-recorder process.
type service struct {
	t    *testing.T
	env  []string
	url  string
	cmd  *exec.Cmd
	log  *journal
	done chan struct{} // closed when the process has ended and its log is read
}

// serve starts the service with a folder of its own; settings are environment variables without their prefix.
func serve(t *testing.T, settings map[string]string) *service {
	t.Helper()
	s := &service{t: t, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GORACE=halt_on_error=1",
		"ARI_RECORDER_HTTP_LISTEN=127.0.0.1:0", "ARI_RECORDER_LOG_FORMAT=json", "ARI_RECORDER_LOG_LEVEL=debug",
	}}
	if settings["DATA_DIR"] == "" {
		s.env = append(s.env, "ARI_RECORDER_DATA_DIR="+t.TempDir())
	}
	for key, value := range settings {
		s.env = append(s.env, "ARI_RECORDER_"+key+"="+value)
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the service's log:\n%s", s.log.tail())
		}
	})
	s.start()
	return s
}

// start starts the process, again if it was ended, and waits until it listens.
func (s *service) start() {
	s.t.Helper()
	s.cmd = exec.Command(binary, "serve")
	s.cmd.Env = s.env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StderrPipe()
	require.NoError(s.t, err)
	if s.log == nil {
		s.log = &journal{}
	}
	address := make(chan string, 1)
	require.NoError(s.t, s.cmd.Start())
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		s.log.follow(out, address)
		_ = s.cmd.Wait() // the exit code is in ProcessState
	}()
	select {
	case a := <-address:
		s.url = "http://" + a
	case <-s.done:
		s.t.Fatalf("the service ended at once:\n%s", s.log.tail())
	case <-time.After(20 * time.Second):
		s.t.Fatalf("the service does not listen:\n%s", s.log.tail())
	}
}

// kill ends the process as a crash would.
func (s *service) kill() {
	if s.cmd == nil || s.cmd.Process == nil || s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended just now
	<-s.done
}

// terminate asks the process to end and returns its exit code and how long it took.
func (s *service) terminate() (int, time.Duration) {
	began := time.Now()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		s.t.Fatal("SIGTERM did not end the service within 15 s")
	}
	return s.cmd.ProcessState.ExitCode(), time.Since(began)
}

// ready waits until a start would be accepted.
func (s *service) ready() {
	s.t.Helper()
	s.becomes("/health/ready", http.StatusOK, 20*time.Second)
}

// becomes waits until a path answers with the status: from outside no event tells.
func (s *service) becomes(path string, status int, within time.Duration) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.fetch(path, nil).status == status }, within, 50*time.Millisecond,
		"%s never answered %d", path, status)
}

// journal keeps the service's log and finds the address in it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) follow(out io.Reader, address chan<- string) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		j.mu.Lock()
		j.text.Write(lines.Bytes())
		j.text.WriteByte('\n')
		j.mu.Unlock()
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			address <- line.Address
		}
	}
}

func (j *journal) tail() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.text.String()
	return text[max(0, len(text)-12000):]
}
