package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// change is made to a file of Go's own packages in the service's test build; nothing of it is in the service.
type change struct{ file, old, new string }

var changes = []change{
	{"time/time.go", "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n", "var Stepped atomic.Int64\n\nfunc Now() Time {\n\tsec, nsec, mono := runtimeNow()\n\tsec += Stepped.Load()\n"},
	{"os/root.go", "func (r *Root) Rename(oldname, newname string) error {\n\treturn rootRename(r, oldname, newname)\n", `var BeforeRename, AfterRename atomic.Bool

func (r *Root) Rename(oldname, newname string) error {
	if BeforeRename.Load() {
		syscall.Kill(Getpid(), syscall.SIGKILL)
		select {}
	}
	err := rootRename(r, oldname, newname)
	if AfterRename.Load() {
		syscall.Kill(Getpid(), syscall.SIGKILL)
		select {}
	}
	return err
`},
}

// faulty is the service's test build, which obeys orders; see testdata/orders.go.
var faulty = sync.OnceValues(func() (string, error) {
	folder := filepath.Dir(program)
	replace := map[string]string{}
	for _, c := range changes {
		to := filepath.Join(folder, filepath.Base(c.file))
		if err := c.write(to); err != nil {
			return "", err
		}
		replace[filepath.Join(runtime.GOROOT(), "src", c.file)] = to //nolint:staticcheck // of the Go that builds
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	replace[filepath.Join(here, "../../cmd/ari-recorder/orders.go")] = filepath.Join(here, "testdata/orders.go")
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list, to := filepath.Join(folder, "overlay.json"), filepath.Join(folder, "faulty")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-overlay", list, "-o", to, "-ldflags", "-X main.orders="+to+".order", "ari-recorder/cmd/ari-recorder").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the service that obeys orders: %w\n%s", err, out)
	}
	return to, nil
})

// write writes the changed file.
func (c change) write(to string) error {
	text, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "src", c.file)) //nolint:staticcheck // of the Go that builds
	if err != nil {
		return err
	}
	changed := strings.Replace(string(text), c.old, c.new, 1)
	if changed == string(text) {
		return fmt.Errorf("this Go's %s is not as the test build expects it", c.file)
	}
	if !strings.Contains(changed, `"sync/atomic"`) {
		changed = strings.Replace(changed, "import (\n", "import (\n\t\"sync/atomic\"\n", 1)
	}
	if c.file == "os/root.go" {
		changed = strings.Replace(changed, "import (\n", "import (\n\t\"syscall\"\n", 1)
	}
	return os.WriteFile(to, []byte(changed), 0o644)
}

// obeying is one at a time: all services of the test build read the same file.
var obeying sync.Mutex

// order gives the service an order and waits until it is obeyed.
func (s *scene) order(what string, seconds int) {
	s.t.Helper()
	obeying.Lock()
	defer obeying.Unlock()
	file := s.Binary + ".order"
	require.NoError(s.t, os.WriteFile(file, fmt.Appendf(nil, "%s %d", what, seconds), 0o644))
	require.NoError(s.t, syscall.Kill(s.now().PID(), syscall.SIGUSR1))
	s.within(5*time.Second, func() bool {
		_, err := os.Stat(file)
		return os.IsNotExist(err)
	}, "the service does not obey")
}

func openFaulty(t *testing.T) *scene {
	t.Helper()
	long(t)
	binary, err := faulty()
	require.NoError(t, err)
	return open(t, SiteOptions{Binary: binary})
}

// The service's clock is stepped by an hour, forwards and backwards, while recordings start, run and end.
func TestTheClockIsStepped(t *testing.T) {
	t.Parallel()
	for name, hour := range map[string]int{"forwards": 3600, "backwards": -3600} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openFaulty(t)
			a, b, c := s.call(), s.call(), s.call()
			stopped, ended, paused := s.record(a, "stopped", Span{}), s.record(b, "ended", Span{}), s.record(c, "paused", Span{})
			s.speak(time.Second)
			s.pause(paused)
			s.order("clock", hour)
			s.speak(time.Second)
			s.finish(stopped)
			s.hangUp(b, ended)
			again := s.record(a, "after the step", Span{})
			s.resume(paused)
			s.speak(time.Second)
			s.order("clock", 0) // and back
			s.speak(time.Second)
			s.finish(again)
			s.hangUp(c, paused)
			s.settle()
		})
	}
}

// The service is killed with SIGKILL when the audio is whole but has not got its name yet, and when it has.
func TestKilledWhenTheAudioGetsItsName(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			s := openFaulty(t)
			c := s.call()
			e := s.record(c, when, Span{})
			s.speak(1200 * time.Millisecond)
			s.order(when, 0)
			s.hangUp(c, e)
			s.within(10*time.Second, func() bool {
				_, err := s.Get(t.Context(), "/health/live")
				return err != nil
			}, "the service was not killed")
			s.Kill()
			s.restart()
			s.settle()
		})
	}
}
