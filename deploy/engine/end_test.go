package engine

import (
	"bufio"
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
)

// victimEnv makes this test program start an engine and wait to be killed.
const victimEnv = "ENGINE_TEST_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		victim()
	}
	goleak.VerifyTestMain(m)
}

func victim() {
	e, err := Start(context.Background(), os.Stderr, os.Getenv(victimEnv))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(e.store.dir, e.first.Process.Pid)
	select {}
}

// The engine ends with the program that started it, even by SIGKILL. Until it has, its store is no other's.
func TestEndsWithItsProgram(t *testing.T) {
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), victimEnv+"="+t.TempDir())
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	folder, number, found := strings.Cut(strings.TrimSpace(line), " ")
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

func runs(process int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	return err == nil && !strings.Contains(string(status), ") Z ")
}

func lockIsFree(t *testing.T, folder string) bool {
	return exec.CommandContext(t.Context(), "flock", "--nonblock", filepath.Join(folder, "lock"), "true").Run() == nil
}
