package engine_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/engine"
)

// What is promised of the engine itself; what runs in it is tested in deploy/stack.
func TestEngine(t *testing.T) {
	project := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(project, "theirs"), []byte("as it was"), 0o644))
	e, err := engine.Start(t.Context(), os.Stderr, project)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	run := func(argv ...string) string {
		said, err := e.Run(t.Context(), argv...)
		require.NoError(t, err)
		return said
	}
	require.Contains(t, run("docker", "version", "--format", "{{.Server.Version}}"), "20.10.")
	require.Regexp(t, `^v?2\.`, run("docker", "compose", "version", "--short"))

	run("sh", "-c", "echo changed >theirs")
	kept, err := os.ReadFile(filepath.Join(project, "theirs"))
	require.NoError(t, err)
	require.Equal(t, "as it was", string(kept), "the project's folder is only looked at")

	require.NoError(t, e.Import(t.Context(), os.Stderr, "debian:forky-slim"))
	require.NoError(t, e.Import(t.Context(), io.Discard, "debian:forky-slim"), "what is there already is not made again")
	require.Contains(t, run("docker", "run", "--rm", "debian:forky-slim", "cat", "/etc/os-release"), "forky")
	run("docker", "run", "--detach", "--init", "--name", "sleeper", "debian:forky-slim", "sleep", "3600")
	require.Contains(t, run("docker", "exec", "sleeper", "cat", "/etc/os-release"), "forky", "exec is in the container, not on the machine")
}

// Published ports are in the engine's network alone.
func TestNetwork(t *testing.T) {
	e, err := engine.Start(t.Context(), os.Stderr, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	require.NoError(t, e.Import(t.Context(), os.Stderr, "debian:forky-slim"))
	_, err = e.Run(t.Context(), "docker", "run", "--detach", "--publish", "127.0.0.1:18080:80", "debian:forky-slim",
		"perl", "-MIO::Socket", "-e", `$l = IO::Socket::INET->new(LocalPort => 80, Listen => 5); while ($c = $l->accept) { <$c>; print $c "HTTP/1.0 200 OK\r\n\r\nhello"; close $c }`)
	require.NoError(t, err)

	_, err = net.Dial("tcp", "127.0.0.1:18080")
	require.Error(t, err, "the machine's own ports are left alone")
	client := http.Client{Transport: &http.Transport{DialContext: e.Dial, DisableKeepAlives: true}}
	require.Eventually(t, func() bool { return said(client, "http://127.0.0.1:18080/") == "hello" }, 10*time.Second, 50*time.Millisecond)

	forwarded, err := e.Forward(t.Context(), "127.0.0.1:0", "127.0.0.1:18080")
	require.NoError(t, err)
	require.Equal(t, "hello", said(http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+forwarded.Addr().String()))
	require.NoError(t, forwarded.Close())
}

// said is what an address answers; "" if it does not.
func said(client http.Client, url string) string {
	response, err := client.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(text)
}
