package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// A machine has booted with nothing failed, is cut off from the host but for /srv, and leaves nothing behind.
func TestMachine(t *testing.T) {
	require.NoError(t, lab.Install(t.Context(), os.Stderr, lab.RootSystemd))
	m, err := lab.StartMachine(t.Context())
	require.NoError(t, err)
	run := func(argv ...string) string {
		out, err := m.Command(t.Context(), argv...).CombinedOutput()
		require.NoError(t, err, "%v: %s", argv, out)
		return strings.TrimSpace(string(out))
	}
	require.Equal(t, "running", run("systemctl", "is-system-running"))
	require.Equal(t, "machine", run("hostname"))
	require.Equal(t, "lo", run("ls", "/sys/class/net"))
	require.Empty(t, run("ls", "-A", "/mnt/host"))

	run("sh", "-c", "echo seen >/srv/mine; echo gone >/etc/changed")
	seen, err := os.ReadFile(filepath.Join(m.Dir, "mine"))
	require.NoError(t, err)
	require.Equal(t, "seen\n", string(seen))
	require.Error(t, m.Command(t.Context(), "sh", "-c", "echo 1 >/proc/sys/kernel/panic").Run(), "the kernel is the host's")

	require.NoError(t, m.Close())
	require.NoDirExists(t, m.Dir)
	next := lab.NewMachine(t)
	require.Error(t, next.Command(t.Context(), "test", "-e", "/etc/changed").Run(), "the root folder is shared")
}
