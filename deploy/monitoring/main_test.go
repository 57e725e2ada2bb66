package monitoring

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// binary is the service, built once with the race detector in it.
var binary string

func TestMain(m *testing.M) { goleak.VerifyTestMain(runner{m}) }

// runner builds the service before the tests and removes it afterwards.
type runner struct{ *testing.M }

func (r runner) Run() int {
	folder, err := os.MkdirTemp("", "ari-recorder-monitoring-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	binary = filepath.Join(folder, "ari-recorder")
	if out, err := exec.Command("go", "build", "-race", "-o", binary, "ari-recorder/cmd/ari-recorder").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return r.M.Run()
}

// read returns a file of this folder.
func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return content
}
