package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	} {
		code, stdout, stderr := command(t, args...)
		require.Equal(t, exitUsage, code, args)
		require.NotEmpty(t, stderr, args)
		require.Empty(t, stdout, args)
	}
}

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
