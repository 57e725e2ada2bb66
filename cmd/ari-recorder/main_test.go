package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// command runs the program in an empty folder and environment.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

func TestUsageFaultsExitWith2(t *testing.T) {
	for _, args := range [][]string{
		{}, {"nonsense"}, {"serve", "--nonsense"}, {"serve", "extra"}, {"version", "extra"}, {"serve", "--config"},
		{"serve", "--config", "/nowhere/ari-recorder.yaml"}, {"serve", "--http-listen", "0.0.0.0:8080"},
		{"serve", "--log-level", "loud"},
		{"recordings"}, {"recordings", "lsit"}, {"recordings", "list", "extra"}, {"recordings", "list", "--tag", ""}, {"recordings", "list", "--state", ""},
		{"recordings", "list", "--state", "done"}, {"recordings", "list", "--from", "yesterday"}, {"recordings", "list", "--cursor", "x"},
		{"recordings", "list", "--limit", "many"}, {"recordings", "list", "--limit", "0"}, {"recordings", "list", "--all", "--limit", "1"},
		{"recordings", "show"}, {"recordings", "show", "22"}, {"recordings", "show", "--data-dir", "x?y", "01k9z8x7w6v5t4s3r2q1p00001"},
		{"recordings", "get"}, {"recordings", "get", "../x"}, {"recordings", "get", "01k9z8x7w6v5t4s3r2q1p00001", "-o", ""},
		{"recordings", "get", "01k9z8x7w6v5t4s3r2q1p00001", "-o", "-", "--json"}, {"recordings", "verify", "22"},
		{"doctor", "extra"}, {"doctor", "--http-listen", "here"}, {"resolve"}, {"resolve", ""}, {"resolve", "410", "--url", "nowhere"}, {"resolve", "410", "--key-file", "/nowhere"},
		{"health", "extra"}, {"health", "--url", "nowhere"}, {"health", "--http-listen", "127.0.0.1:0"}, {"health", "--live", "--json"},
		{"health", "--url", "http://localhost", "--timeout", "-1s"}, {"health", "--url", "https://localhost", "--ca-file", "/nowhere"},
		{"keys"}, {"keys", "nwe"}, {"keys", "new"}, {"keys", "new", "c r m"}, {"keys", "new", "crm", "--scope", "all"},
		{"keys", "new", "crm", "--scope", ""}, {"keys", "new", "crm", "--network", "10.0.0.1/8"}, {"keys", "list", "extra"},
	} {
		code, stdout, stderr := command(t, args...)
		require.Equal(t, exitUsage, code, args)
		require.NotEmpty(t, stderr, args)
		require.Empty(t, stdout, args)
	}
}

func TestUnknownCommandsSuggest(t *testing.T) {
	for says, args := range map[string][]string{
		"did you mean serve?":                      {"sevre"},
		"did you mean list?":                       {"recordings", "lsit"},
		"see ari-recorder recordings --help":       {"recordings", "nonsense"},
		`unknown command "completion"`:             {"completion", "bash"},
		"recordings show needs one ID":             {"recordings", "show"},
		"--tag is empty":                           {"recordings", "list", "--tag", ""},
		"networks: \"10.0.0.1/8\" has bits behind": {"keys", "new", "crm", "--network", "10.0.0.1/8"},
	} {
		code, _, stderr := command(t, args...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, says)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
}

func TestEveryCommandHelpsWithAnExample(t *testing.T) {
	for _, name := range []string{"doctor", "recordings list", "recordings show", "recordings get", "recordings verify", "resolve", "health", "keys new", "keys list"} {
		code, stdout, stderr := command(t, append(strings.Fields(name), "--help")...)
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "Examples:\n  ari-recorder "+name)
		require.Contains(t, stdout, "--json")
	}
}

// patience is how long something may take that takes no time on a machine that does nothing else.
const patience = 20 * time.Second

func TestEveryBadKeyIsListedInOneGo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	require.NoError(t, os.WriteFile(file, []byte("recording:\n  fromat: wav\n  format: mp3\nhttp:\n  listen: here\nasterisk:\n  password: hunter2\n"), 0o600))
	code, _, stderr := command(t, "serve", "--config", file)
	require.Equal(t, exitUsage, code)
	for _, key := range []string{"recording.fromat", "recording.format", "http.listen", "asterisk.username"} {
		require.Contains(t, stderr, key)
	}
	for line := range strings.Lines(stderr) {
		require.True(t, strings.HasPrefix(line, "ari-recorder: "), line)
	}
	require.NotContains(t, stderr, "hunter2")
}

func TestRunningFaultsExitWith1(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	code, _, stderr := command(t, "migrate", "--data-dir", filepath.Join(file, "below"))
	require.Equal(t, exitFailed, code, stderr)
}

func TestServeEndsCleanly(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	require.Zero(t, run(ctx, []string{"serve", "--http-listen", "127.0.0.1:0", "--log-format", "json"}, &out, &err), err.String())
	require.Contains(t, err.String(), "stopped")
}

func TestMigrateVersionAndOpenAPI(t *testing.T) {
	code, _, stderr := command(t, "migrate")
	require.Zero(t, code, stderr)
	require.FileExists(t, "data/ari-recorder.db")
	code, stdout, _ := command(t, "version")
	require.Zero(t, code)
	require.True(t, strings.HasPrefix(stdout, "ari-recorder "))
	code, stdout, _ = command(t, "openapi")
	require.Zero(t, code)
	require.True(t, strings.HasPrefix(stdout, "openapi: 3.1"))
}
