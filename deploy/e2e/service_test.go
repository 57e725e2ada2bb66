package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/deploy/run"
)

// binary is the service, built once for all tests with the race detector in it.
var binary string

// atOnce is how many tests run at once, more than there are cores: they listen to people who talk most of their time.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if stackURL == "" {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(runner{m})
}

// runner builds the service before the tests and removes it afterwards. Against a stack there is nothing to build.
type runner struct{ *testing.M }

func (r runner) Run() int {
	if stackURL != "" {
		return r.M.Run()
	}
	folder, err := os.MkdirTemp("", "ari-recorder-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	binary = filepath.Join(folder, "ari-recorder")
	build := exec.Command("go", "build", "-race", "-o", binary, "ari-recorder/cmd/ari-recorder")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return r.M.Run()
}

// service is an ari-recorder process that a test ends and starts again.
type service struct {
	*run.Process
	t        *testing.T
	settings []string
	log      *journal
}

// serve starts the service with a folder of its own; settings are environment variables without their prefix.
func serve(t *testing.T, settings map[string]string, flags ...string) *service {
	t.Helper()
	s := &service{t: t, log: &journal{}, settings: append([]string{"DATA_DIR=" + t.TempDir(), "LOG_LEVEL=debug"}, flags...)}
	for key, value := range settings {
		s.settings = append(s.settings, key+"="+value)
	}
	t.Cleanup(func() {
		if s.Process != nil {
			s.Kill()
		}
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
	var err error
	s.Process, err = run.Start(s.t.Context(), binary, s.settings, s.log)
	require.NoError(s.t, err)
}

// ready waits until a start would be accepted.
func (s *service) ready() {
	s.t.Helper()
	require.NoError(s.t, s.Ready(s.t.Context()))
}

// becomes waits until a path answers with the status: from outside no event tells.
func (s *service) becomes(path string, status int, within time.Duration) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.fetch(path, http.Header{}).status == status }, within, 50*time.Millisecond,
		"%s never answered %d", path, status)
}

// journal keeps the service's log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) tail() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.text.String()
	return text[max(0, len(text)-12000):]
}
