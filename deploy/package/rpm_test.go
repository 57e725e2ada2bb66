package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// rpm's own programs on a Debian: its scripts run, on a systemd that is booted, though not the distribution for which they are made.
func TestRPMPackage(t *testing.T) {
	before, err := olderPackages()
	require.NoError(t, err)
	after, err := newerPackages()
	require.NoError(t, err)
	h := newHost(t)
	oldRPM, newRPM := h.put(pick(t, before, ".x86_64.rpm")), h.put(pick(t, after, ".x86_64.rpm"))
	rpm := func(argv ...string) string {
		return h.run(append([]string{"rpm", "--nodeps", "--force-debian"}, argv...)...)
	}

	require.Contains(t, h.run("rpm", "--query", "--package", "--list", oldRPM), "/usr/lib/systemd/system/ari-recorder.service")
	require.Contains(t, h.run("rpm", "--query", "--package", "--configfiles", oldRPM), configFile)
	rpm("--install", oldRPM)
	require.Equal(t, "root:ari-recorder 640", h.owner(configFile))
	require.Equal(t, "root:ari-recorder 750", h.owner("/etc/ari-recorder"))
	require.Equal(t, "ari-recorder:ari-recorder 750", h.owner("/var/lib/ari-recorder"))
	h.silent()
	h.run("systemctl", "start", "ari-recorder")
	h.serves(byDefault, older)

	config := h.run("cat", configFile) + "\n# ours"
	h.write(configFile, config)
	rpm("--upgrade", newRPM)
	h.serves(byDefault, newer)
	require.Equal(t, config, h.run("cat", configFile))
	require.Contains(t, h.run("cat", configFile+".rpmnew"), "New in this version")

	require.Contains(t, h.run("rpm", "--nodeps", "--force-debian", "--erase", "ari-recorder"), "kept in /var/lib/ari-recorder")
	h.silent()
	require.Equal(t, "ari-recorder:ari-recorder 600", h.owner("/var/lib/ari-recorder/ari-recorder.db"))
}
