package engine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/engine"
)

// What is promised of the engine itself; what runs in it is tested in deploy/stack.
func TestEngine(t *testing.T) {
	e, err := engine.Start(t.Context(), os.Stderr, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })

	for _, argv := range [][]string{{"docker", "version"}, {"docker", "compose", "version"}, {"docker", "images"}} {
		said, err := e.Run(t.Context(), argv...)
		require.NoError(t, err)
		t.Log(said)
	}
	require.NoError(t, e.Import(t.Context(), os.Stderr, "debian:forky-slim"))
	said, err := e.Run(t.Context(), append(append([]string{"docker", "run", "--rm", "--network", "none"}), "debian:forky-slim", "cat", "/etc/os-release")...)
	require.NoError(t, err)
	require.Contains(t, said, "forky")
}
