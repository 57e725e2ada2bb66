package lab

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A test program that is killed must leave no machine that runs on.
func TestNoMachineOutlivesItsProgram(t *testing.T) {
	require.NoError(t, Install(t.Context(), os.Stderr, RootSystemd))
	program, said := StartVictim(t, victimMachine)
	children := descendants(t, program.Process.Pid)
	require.GreaterOrEqual(t, len(children), 3, "systemd, its journal, its bus: %s", said)
	dieTogether(t, program, children)
}
