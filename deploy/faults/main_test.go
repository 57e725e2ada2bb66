package faults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/deploy/lab"
)

// program is the service, built once for all tests with the race detector in it.
var program string

// atOnce is how many tests run at once, more than there are cores: they wait most of their time.
const atOnce = "10"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(runner{m})
}

// runner builds the service before the tests, and afterwards removes it and ends the servers that tests have shared.
type runner struct{ *testing.M }

func (r runner) Run() int {
	folder, err := os.MkdirTemp("", "ari-recorder-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	program = filepath.Join(folder, "ari-recorder")
	if err := build(program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := r.M.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func build(to string, flags ...string) error {
	argv := append([]string{"build", "-race", "-o", to}, append(flags, "ari-recorder/cmd/ari-recorder")...)
	if out, err := exec.Command("go", argv...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// ground is what sites share that break neither Asterisk nor MariaDB.
type ground struct {
	mu  sync.Mutex
	pbx *lab.Asterisk
	db  *lab.Database
}

var shared ground

// sessions is more than all sites together need.
const sessions = 1000

func (g *ground) asterisk(t *testing.T) *lab.Asterisk {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pbx == nil {
		require.NoError(t, lab.Install(t.Context(), os.Stderr, lab.RootAsterisk))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var err error
		g.pbx, err = lab.StartAsterisk(ctx, lab.AsteriskOptions{SessionLimit: sessions})
		require.NoError(t, err)
	}
	return g.pbx
}

func (g *ground) schema(t *testing.T) string {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if g.db == nil {
		require.NoError(t, lab.Install(t.Context(), os.Stderr, lab.RootMariaDB))
		var err error
		g.db, err = lab.StartMariaDB(ctx, lab.DBOptions{})
		require.NoError(t, err)
	}
	name, err := g.db.NewDatabase(ctx)
	require.NoError(t, err)
	return name
}

func (g *ground) close() error {
	var errs []error
	if g.pbx != nil {
		errs = append(errs, g.pbx.Close())
	}
	if g.db != nil {
		errs = append(errs, g.db.Close())
	}
	return errors.Join(errs...)
}
