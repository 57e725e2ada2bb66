package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// host is a booted Debian on which a package is tried.
type host struct {
	t *testing.T
	m *lab.Machine
}

func newHost(t *testing.T) host { return host{t, lab.NewMachine(t)} }

// run runs a command that must succeed, and returns what it printed.
func (h host) run(argv ...string) string {
	h.t.Helper()
	out, err := h.try(argv...)
	require.NoError(h.t, err, "%v: %s", argv, out)
	return out
}

// fails runs a command that must not succeed.
func (h host) fails(argv ...string) string {
	h.t.Helper()
	out, err := h.try(argv...)
	require.Error(h.t, err, "%v: %s", argv, out)
	return out
}

func (h host) try(argv ...string) (string, error) {
	out, err := h.m.Command(h.t.Context(), argv...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// put copies a file of the machine that tests into the host's /srv and returns its name there.
func (h host) put(file string) string {
	h.t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(h.t, err)
	require.NoError(h.t, os.WriteFile(filepath.Join(h.m.Dir, filepath.Base(file)), content, 0o644))
	return "/srv/" + filepath.Base(file)
}

// write writes a file without touching the rights of one that is there.
func (h host) write(path, content string) {
	h.t.Helper()
	cmd := h.m.Command(h.t.Context(), "tee", path)
	cmd.Stdin = strings.NewReader(content)
	out, err := cmd.Output()
	require.NoError(h.t, err, string(out))
}

// property is one of the unit's as systemd knows it.
func (h host) property(name string) string {
	h.t.Helper()
	return h.run("systemctl", "show", "--property="+name, "--value", "ari-recorder")
}

// owner tells who owns a path and with which rights.
func (h host) owner(path string) string {
	h.t.Helper()
	return h.run("stat", "--format=%U:%G %a", path)
}

func (h host) get(url string, flags ...string) string {
	h.t.Helper()
	return h.run(append([]string{"curl", "--silent", "--show-error", "--max-time", "10", url}, flags...)...)
}

// serves checks that the service runs as it should, and that what answers at the address is of the version.
func (h host) serves(address, version string) {
	h.t.Helper()
	require.Equal(h.t, "active", h.run("systemctl", "is-active", "ari-recorder"))
	require.Equal(h.t, "ari-recorder", h.run("stat", "--format=%U", "/proc/"+h.property("MainPID")))
	h.get(address+"/health/live", "--fail")
	require.Eventually(h.t, func() bool { // tables are made after the service has begun to answer
		var health health
		require.NoError(h.t, json.Unmarshal([]byte(h.get(address+"/health")), &health))
		require.Equal(h.t, version, health.Version)
		return health.passes("database:responseTime") && health.passes("storage:free")
	}, 20*time.Second, 50*time.Millisecond, "SQLite and the archive work within the sandbox")
}

// health is what the tests read of the answer.
type health struct {
	Version string
	Checks  map[string][]struct{ Status string }
}

func (a health) passes(check string) bool {
	return len(a.Checks[check]) == 1 && a.Checks[check][0].Status == "pass"
}

// silent checks that nothing runs or answers any more.
func (h host) silent() {
	h.t.Helper()
	h.fails("systemctl", "is-active", "ari-recorder")
	h.fails("curl", "--silent", "--max-time", "10", "http://127.0.0.1:8080/health/live")
	h.fails("sh", "-c", "grep -l ari-recorder /proc/[0-9]*/comm")
}
