package config_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnknownVariables(t *testing.T) {
	tests := map[string]string{
		"ARI_RECORDER_HTTP_LISTN":         "unknown variable; did you mean ARI_RECORDER_HTTP_LISTEN?",
		"ARI_RECORDER_NONSENSE":           "unknown variable; remove it",
		"ARI_RECORDER_":                   "unknown variable; remove it",
		"ARI_RECORDER_log_level":          "unknown variable; remove it",
		"ARI_RECORDER_AUTH_KEYS":          "unknown variable; did you mean ARI_RECORDER_AUTH_KEYS_FILE?",
		"ARI_RECORDER_ASTERISK_NODES":     "asterisk.nodes can only be written in the file",
		"ARI_RECORDER_ACCESS_USERS":       "access.users can only be written in the file",
		"ARI_RECORDER_LOG_LEVEL_FILE":     "only secrets can come from a file; set ARI_RECORDER_LOG_LEVEL",
		"ARI_RECORDER_DATABASE_URL_FILES": "unknown variable; did you mean ARI_RECORDER_DATABASE_URL_FILE?",
		"ARI_RECORDER_HTTP_PORT":          "unknown variable; remove it",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			all := faults(t, options("PATH=/bin", name+"=hunter2"))
			require.Len(t, all, 1)
			require.Equal(t, name, all[0].Key)
			require.Equal(t, want, all[0].Text)
			require.Equal(t, "environment", all[0].Source)
		})
	}
}

func TestVariablesOfKubernetesAreLeftAlone(t *testing.T) {
	load(t, options(
		"ARI_RECORDER_SERVICE_HOST=10.96.0.7", "ARI_RECORDER_SERVICE_PORT=8080", "ARI_RECORDER_SERVICE_PORT_HTTP=8080",
		"ARI_RECORDER_PORT=tcp://10.96.0.7:8080", "ARI_RECORDER_PORT_8080_TCP=tcp://10.96.0.7:8080",
		"ARI_RECORDER_PORT_8080_TCP_PROTO=tcp", "ARI_RECORDER_PORT_8080_TCP_PORT=8080", "ARI_RECORDER_PORT_8080_TCP_ADDR=10.96.0.7",
		"ARI_RECORDER_DB_SERVICE_HOST=10.96.0.8", "ARI_RECORDER_DB_PORT=tcp://10.96.0.8:3306",
		"ARI_RECORDERS=other program",
	))
}

func TestSecretFromFile(t *testing.T) {
	for name, content := range map[string]string{"bare": " p@ss", "line feed": " p@ss\n", "carriage return": " p@ss\r\n"} {
		t.Run(name, func(t *testing.T) {
			c := load(t, options("ARI_RECORDER_ASTERISK_USERNAME=crm",
				"ARI_RECORDER_ASTERISK_PASSWORD_FILE="+write(t, "password", content)))
			require.Equal(t, " p@ss", c.Asterisk.Nodes[0].Password.Reveal())
		})
	}
	c := load(t, options("ARI_RECORDER_DATABASE_URL_FILE="+write(t, "url", "mysql://crm:p%40ss@db/recorder\n")))
	require.Equal(t, "p@ss", c.Database.Password.Reveal())
}

func TestSecretFromFileBeatsTheConfigurationFile(t *testing.T) {
	opts := fromFile(t, "asterisk: {username: crm, password: old}",
		"ARI_RECORDER_ASTERISK_PASSWORD=", "ARI_RECORDER_ASTERISK_PASSWORD_FILE="+write(t, "password", "new"))
	require.Equal(t, "new", load(t, opts).Asterisk.Nodes[0].Password.Reveal())
}

func TestFaultySecretFiles(t *testing.T) {
	tests := map[string]struct{ path, want string }{
		"missing":   {filepath.Join(t.TempDir(), "missing"), "no such file"},
		"a folder":  {t.TempDir(), "is a directory"},
		"empty":     {write(t, "empty", "\n"), "is empty"},
		"two lines": {write(t, "two", "hunter2\nhunter3\n"), "more than one line"},
		"endless":   {"/dev/zero", "is larger than 64 KiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			all := faults(t, options("ARI_RECORDER_DATABASE_URL_FILE="+test.path))
			require.Len(t, all, 1)
			require.Equal(t, "database.url", all[0].Key)
			require.Equal(t, "environment ARI_RECORDER_DATABASE_URL_FILE", all[0].Source)
			require.Contains(t, all[0].Text, test.want)
			require.NotContains(t, all[0].Text, "hunter")
		})
	}
}

func TestFaultyPasswordFileIsOneFault(t *testing.T) {
	all := faults(t, options("ARI_RECORDER_ASTERISK_USERNAME=crm", "ARI_RECORDER_ASTERISK_PASSWORD_FILE="+write(t, "empty", "")))
	require.Len(t, all, 1)
	require.Contains(t, all[0].Text, "is empty")
}

func TestVariableAndItsFile(t *testing.T) {
	all := faults(t, options("ARI_RECORDER_DATABASE_URL=sqlite:a.db", "ARI_RECORDER_DATABASE_URL_FILE=/run/secrets/url"))
	require.EqualError(t, all, "database.url: ARI_RECORDER_DATABASE_URL and ARI_RECORDER_DATABASE_URL_FILE are both set; remove one (environment)")
}
