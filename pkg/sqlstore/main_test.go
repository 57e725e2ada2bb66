package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/deploy/lab"
)

// TestMain ends the servers that tests have started and looks for goroutines that the stores have left behind.
func TestMain(m *testing.M) {
	code := m.Run()
	err := errors.Join(mariaDB.close(), mySQL.close(), goleak.Find())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// server is a real database server, started when the first test asks for it.
type server struct {
	root  lab.Root
	start func(context.Context, lab.DBOptions) (*lab.Database, error)

	once     sync.Once
	database *lab.Database
	err      error
}

var (
	mariaDB = &server{root: lab.RootMariaDB, start: lab.StartMariaDB}
	mySQL   = &server{root: lab.RootMySQL, start: lab.StartMySQL}
)

func (s *server) running(t testing.TB) *lab.Database {
	t.Helper()
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // the first time it is installed
		defer cancel()
		if s.err = lab.Install(ctx, os.Stderr, s.root); s.err == nil {
			s.database, s.err = s.start(ctx, lab.DBOptions{})
		}
	})
	require.NoError(t, s.err)
	return s.database
}

func (s *server) close() error {
	if s.database == nil {
		return nil
	}
	return s.database.Close()
}

// engine is a kind of database; fresh gives the URL of an empty one.
type engine struct {
	name  string
	fresh func(t testing.TB) string
}

var engines = []engine{
	{"SQLite", sqliteURL},
	{"MariaDB", mariaDB.fresh},
	{"MySQL", mySQL.fresh},
}

func (s *server) fresh(t testing.TB) string {
	t.Helper()
	url, err := s.running(t).NewDatabase(t.Context())
	require.NoError(t, err)
	return url
}

func sqliteURL(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "odd #name%20", "ari-recorder.db")
}

// each runs the test on every engine.
func each(t *testing.T, test func(t *testing.T, e engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}
