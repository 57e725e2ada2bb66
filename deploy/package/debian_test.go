package main

import (
	"encoding/json"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	configFile = "/etc/ari-recorder/ari-recorder.yaml"
	byDefault  = "http://127.0.0.1:8080"
	asBefore   = "http://127.0.0.1" // the old address's port
	legacyPath = "/servicemanager/services/njadmin-api-recording"
)

// A site's years with the package in one minute: installed, configured, broken, upgraded, removed, purged and installed again.
func TestDebianPackage(t *testing.T) {
	before, err := olderPackages()
	require.NoError(t, err)
	after, err := newerPackages()
	require.NoError(t, err)
	h := newHost(t)
	oldDeb, newDeb := h.put(pick(t, before, "_amd64.deb")), h.put(pick(t, after, "_amd64.deb"))

	var config, key string
	for _, step := range []struct {
		name string
		do   func(host)
	}{
		{"installed, it runs", func(h host) {
			h.install(oldDeb)
			h.serves(byDefault, older)
			require.Equal(h.t, "enabled", h.run("systemctl", "is-enabled", "ari-recorder"))
			require.Equal(h.t, "root:ari-recorder 640", h.owner(configFile))
			require.Equal(h.t, "root:ari-recorder 750", h.owner("/etc/ari-recorder"))
			require.Equal(h.t, "ari-recorder:ari-recorder 750", h.owner("/var/lib/ari-recorder"))
			require.Equal(h.t, "running", h.run("systemctl", "is-system-running"))
		}},
		{"its sandbox is tight", host.sandboxed},
		{"port 80 and a key", func(h host) {
			config, key = h.configure(":80")
			h.run("systemctl", "restart", "ari-recorder")
			h.serves(asBefore, older)
			h.get(asBefore+legacyPath+"?method=retrieve&tag=before-the-upgrade&username=fred", "-o", "/dev/null")
			require.Contains(h.t, h.audit(asBefore, key), "before-the-upgrade")
		}},
		{"a password as systemd's credential", host.credentials},
		{"a wrong configuration is not tried again", host.misconfigured},
		{"a crash is", func(h host) {
			h.write(configFile, config)
			h.run("systemctl", "start", "ari-recorder")
			h.run("systemctl", "kill", "--signal=KILL", "ari-recorder")
			require.Eventually(h.t, func() bool {
				return h.property("NRestarts") == "1" && h.property("ActiveState") == "active"
			}, 20*time.Second, 100*time.Millisecond)
		}},
		{"stopped by SIGTERM", host.stopped},
		{"root looks at the recordings and leaves no file that the service cannot read", func(h host) {
			h.run("ari-recorder", "recordings", "list")
			require.Empty(h.t, h.run("find", "/var/lib/ari-recorder", "!", "-user", "ari-recorder"))
		}},
		{"upgraded while it is stopped, it stays so", func(h host) {
			h.install("--reinstall", oldDeb)
			h.silent()
			h.run("systemctl", "start", "ari-recorder")
			h.serves(asBefore, older)
			h.run("ari-recorder", "recordings", "list")
			require.Empty(h.t, h.run("find", "/var/lib/ari-recorder", "!", "-user", "ari-recorder"))
		}},
		{"upgraded", func(h host) {
			process := h.property("MainPID")
			h.install(newDeb)
			h.serves(asBefore, newer)
			require.NotEqual(h.t, process, h.property("MainPID"))
			require.Equal(h.t, config, h.run("cat", configFile), "the administrator's")
			require.Contains(h.t, h.run("cat", configFile+".dpkg-dist"), "New in this version")
			require.Equal(h.t, "root:ari-recorder 640", h.owner(configFile))
			require.Contains(h.t, h.audit(asBefore, key), "before-the-upgrade", "the database is kept")
		}},
		{"removed", func(h host) {
			h.run("apt-get", "remove", "--yes", "ari-recorder")
			h.silent()
			h.run("test", "-f", configFile)
			require.NotContains(h.t, h.run("systemctl", "list-unit-files"), "ari-recorder.service enabled")
		}},
		{"purged, the recordings remain", func(h host) {
			said := h.run("apt-get", "purge", "--yes", "ari-recorder")
			require.Contains(h.t, said, "recordings and database are kept in /var/lib/ari-recorder")
			h.fails("test", "-e", "/etc/ari-recorder")
			h.fails("test", "-L", "/etc/systemd/system/multi-user.target.wants/ari-recorder.service")
			require.Equal(h.t, "ari-recorder:ari-recorder 600", h.owner("/var/lib/ari-recorder/ari-recorder.db"))
		}},
		{"installed again, it knows them", func(h host) {
			h.install(newDeb)
			h.serves(byDefault, newer)
			require.Contains(h.t, h.audit(byDefault, ""), "before-the-upgrade")
		}},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(host{t, h.m}) }) {
			t.Fatalf("the journal: %s", h.run("journalctl", "--no-pager", "--lines=30", "--unit=ari-recorder"))
		}
	}
}

// install lets apt do it, and the administrator's changes win.
func (h host) install(what ...string) {
	h.t.Helper()
	h.run(append([]string{"apt-get", "install", "--yes", "-o", "Dpkg::Options::=--force-confold"}, what...)...)
}

// configure makes a key and writes a configuration that listens on an address for everyone.
func (h host) configure(listen string) (config, key string) {
	h.t.Helper()
	var made struct{ Key, YAML string }
	// Without what is told on standard error.
	printed := h.run("sh", "-c", "ari-recorder keys new boss --scope admin --json 2>/dev/null")
	require.NoError(h.t, json.Unmarshal([]byte(printed), &made))
	config = "data_dir: /var/lib/ari-recorder\nhttp:\n  listen: \"" + listen + "\"\nlegacy:\n  networks: [127.0.0.0/8]\nauth:\n  keys:\n    " + made.YAML
	h.write(configFile, config)
	return config, made.Key
}

func (h host) audit(address, key string) string {
	h.t.Helper()
	return h.get(address+"/v1/audit", "--fail", "--header", "X-API-Key: "+key)
}

var exposure = regexp.MustCompile(`Overall exposure level for ari-recorder.service: ([0-9.]+)`)

func (h host) sandboxed() {
	require.Empty(h.t, h.run("systemd-analyze", "verify", "/lib/systemd/system/ari-recorder.service"))
	said := h.run("systemd-analyze", "security", "--no-pager", "ari-recorder.service")
	found := exposure.FindStringSubmatch(said)
	require.NotNil(h.t, found, said)
	level, err := strconv.ParseFloat(found[1], 64)
	require.NoError(h.t, err)
	require.Less(h.t, level, 3.0, said)
	h.t.Logf("exposure %.1f", level)
}

// credentials uses the example that comes with the package. A user without a password would be a wrong configuration.
func (h host) credentials() {
	const dropIns = "/etc/systemd/system/ari-recorder.service.d"
	h.run("install", "-D", "-m", "0644", "/usr/share/doc/ari-recorder/examples/credentials.conf", dropIns+"/credentials.conf")
	h.write("/etc/ari-recorder/asterisk-password", "a secret\n")
	h.run("chmod", "0600", "/etc/ari-recorder/asterisk-password")
	config, _ := h.configure(":80")
	h.write(configFile, config+"\nasterisk:\n  username: recorder\n")
	h.run("systemctl", "daemon-reload")
	h.run("systemctl", "restart", "ari-recorder")
	h.serves(asBefore, older)
	h.run("env", "ARI_RECORDER_ASTERISK_PASSWORD_FILE=/etc/ari-recorder/asterisk-password", "ari-recorder", "recordings", "list")
	h.run("rm", "-r", dropIns)
	h.run("systemctl", "daemon-reload")
}

func (h host) misconfigured() {
	h.fails("systemctl", "restart", "ari-recorder") // the user has no password any more
	require.Equal(h.t, "failed", h.property("ActiveState"))
	require.Equal(h.t, "2", h.property("ExecMainStatus"))
	require.Equal(h.t, "0", h.property("NRestarts"))
	require.Contains(h.t, h.run("journalctl", "--no-pager", "--unit=ari-recorder"), "asterisk.password")
}

func (h host) stopped() {
	h.run("systemctl", "stop", "ari-recorder")
	require.Equal(h.t, "success", h.property("Result"), "neither killed nor failed")
	require.Equal(h.t, "0", h.property("ExecMainStatus"))
	require.Contains(h.t, h.run("journalctl", "--no-pager", "--lines=5", "--unit=ari-recorder"), `"stopped"`)
	h.silent()
}
