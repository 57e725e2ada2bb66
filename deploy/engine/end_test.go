package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/deploy/lab"
)

func TestMain(m *testing.M) {
	lab.BeVictim(victim)
	goleak.VerifyTestMain(m)
}

// victim starts an engine that sees the folder.
func victim(ctx context.Context, folder string) (string, error) {
	e, err := Start(ctx, os.Stderr, folder)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(e.store.dir, " ", e.first.Process.Pid), nil
}

// The engine ends with the program that started it, even by SIGKILL. Until it has, its store is no other's.
func TestEndsWithItsProgram(t *testing.T) {
	program, line := lab.StartVictim(t, t.TempDir())
	folder, number, found := strings.Cut(line, " ")
	require.True(t, found, line)
	first, err := strconv.Atoi(number)
	require.NoError(t, err)
	require.True(t, runs(first))

	require.NoError(t, program.Process.Kill())
	require.Error(t, program.Wait())
	free := false
	require.Eventually(t, func() bool {
		running := runs(first) // asked first: the lock is free only once it does not
		free = lockIsFree(t, folder)
		require.False(t, running && free, "the store is free, and the engine runs")
		return free
	}, 30*time.Second, 20*time.Millisecond)
}

func lockIsFree(t *testing.T, folder string) bool {
	return exec.CommandContext(t.Context(), "flock", "--nonblock", filepath.Join(folder, "lock"), "true").Run() == nil
}
