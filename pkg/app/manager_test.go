package app_test

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// systemd holds back what is ordered after a unit of Type=notify until READY=1, and kills one that never says it.
func TestTheServiceManagerIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, manager.Close()) })
	t.Setenv("NOTIFY_SOCKET", socket)

	s := open(t)
	require.Equal(t, "READY=1", heard(t, manager))
	status, _ := s.get("/health/live")
	require.Equal(t, 200, status, "ready means that it answers")
	require.NoError(t, s.end())
	require.Equal(t, "STOPPING=1", heard(t, manager))
}

// A manager that has gone away is no reason not to record.
func TestAManagerThatDoesNotListenStopsNothing(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	s := open(t)
	status, _ := s.get("/health/live")
	require.Equal(t, 200, status)
	require.NoError(t, s.end())
	require.Contains(t, s.log.String(), "the service manager cannot be told")
}

func heard(t *testing.T, manager *net.UnixConn) string {
	t.Helper()
	require.NoError(t, manager.SetReadDeadline(time.Now().Add(10*time.Second)))
	word := make([]byte, 100)
	n, err := manager.Read(word)
	require.NoError(t, err)
	return string(word[:n])
}
