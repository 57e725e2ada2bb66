package lab

import (
	"context"
	"os"
	"testing"
	"time"
)

// startTime is what a server may take to start on a machine that has much else to do.
const startTime = 60 * time.Second

// NewAsterisk gives a test an Asterisk of its own, installing what is missing, and ends it with the test.
func NewAsterisk(t testing.TB, options AsteriskOptions) *Asterisk {
	t.Helper()
	need(t, options.roots()...)
	return started(t, func(ctx context.Context) (*Asterisk, error) { return StartAsterisk(ctx, options) })
}

// NewMariaDB gives a test a MariaDB server of its own, installing what is missing, and ends it with the test.
func NewMariaDB(t testing.TB) *Database {
	t.Helper()
	need(t, RootMariaDB)
	return started(t, func(ctx context.Context) (*Database, error) { return StartMariaDB(ctx, DBOptions{}) })
}

// NewMySQL gives a test a MySQL server of its own, installing what is missing, and ends it with the test.
func NewMySQL(t testing.TB) *Database {
	t.Helper()
	need(t, RootMySQL)
	return started(t, func(ctx context.Context) (*Database, error) { return StartMySQL(ctx, DBOptions{}) })
}

// NewClients gives a test the client programs, installing what is missing, and ends them with the test.
func NewClients(t testing.TB) *Clients {
	t.Helper()
	need(t, RootClients)
	return started(t, StartClients)
}

// NewPrometheus gives a test a Prometheus of its own with the files (see StartPrometheus), installing what is missing, and
// ends it with the test.
func NewPrometheus(t testing.TB, files map[string][]byte) *Prometheus {
	t.Helper()
	need(t, RootPrometheus)
	return started(t, func(ctx context.Context) (*Prometheus, error) { return StartPrometheus(ctx, files) })
}

// NewMachine gives a test a booted Debian of its own, installing what is missing, and ends it with the test.
func NewMachine(t testing.TB) *Machine {
	t.Helper()
	need(t, RootSystemd)
	return started(t, StartMachine)
}

// NewCall places a call for a test and takes its phones away with the test.
func (a *Asterisk) NewCall(t testing.TB, options CallOptions) *Call {
	t.Helper()
	return started(t, func(ctx context.Context) (*Call, error) { return a.Call(ctx, options) })
}

// need installs with no limit but the test's own: the first time takes minutes on a slow line.
func need(t testing.TB, roots ...Root) {
	t.Helper()
	if err := Install(t.Context(), os.Stderr, roots...); err != nil {
		t.Fatal(err)
	}
}

// started returns what start made, to be closed with the test.
func started[T interface{ Close() error }](t testing.TB, start func(context.Context) (T, error)) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	thing, err := start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := thing.Close(); err != nil {
			t.Error(err)
		}
	})
	return thing
}
