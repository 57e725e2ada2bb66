package lab

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

const victimMachine = "machine"

func victimOnMachine() {
	m, err := StartMachine(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(m.Dir)
	select {}
}

// A test program that is killed must leave no machine that runs on.
func TestNoMachineOutlivesItsProgram(t *testing.T) {
	require.NoError(t, Install(t.Context(), os.Stderr, RootSystemd))
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), victimEnv+"="+victimMachine)
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	children := descendants(t, program.Process.Pid)
	require.GreaterOrEqual(t, len(children), 3, "systemd, its journal, its bus: %s", said)
	dieTogether(t, program, children)
}
