package sqlstore_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
	"ari-recorder/pkg/sqlstore/storetest"
)

func TestBeforeItIsUp(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		s := dormant(t, e.fresh(t), 0)
		require.False(t, s.Ready())
		allDown(t, s)
		s.Start()
		up(t, s)
		require.True(t, s.Ready())
		require.NoError(t, s.Ping(t.Context()))
		require.NoError(t, s.Close())
		require.False(t, s.Ready())
		allDown(t, s)
	})
}

// TestServerAway starts the store before its server, and takes the server away again.
func TestServerAway(t *testing.T) {
	for _, server := range []*server{mariaDB, mySQL} {
		t.Run(string(server.root), func(t *testing.T) {
			database, url := server.running(t), server.fresh(t)
			require.NoError(t, database.Kill())
			s := dormant(t, url, 0)
			s.Start()
			allDown(t, s)
			restart(t, server)
			up(t, s)

			r := starting()
			require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
			require.NoError(t, database.Kill())
			allDown(t, s)
			allDown(t, s)
			restart(t, server)
			require.NoError(t, s.Ping(t.Context()), "it heals by itself, at the first request")
			read, err := s.Get(t.Context(), r.ID)
			require.NoError(t, err, "what was committed survives a crash of the server")
			require.Equal(t, r.Version, read.Version)
		})
	}
}

// TestWrongPassword is a fault that only people can heal: it is named, without the password.
func TestWrongPassword(t *testing.T) {
	for _, server := range []*server{mariaDB, mySQL} {
		t.Run(string(server.root), func(t *testing.T) {
			s := dormant(t, wrongPassword(t, server.fresh(t)), 0)
			err := s.Migrate(t.Context())
			require.ErrorIs(t, err, recording.ErrStoreDown)
			require.ErrorContains(t, err, "Access denied")
			require.NotContains(t, err.Error(), "wr0ng")
			require.ErrorContains(t, s.Ping(t.Context()), "Access denied", "the cause is told to whoever asks")
		})
	}
}

// TestFolderAway is what SQLite has for a server that is away.
func TestFolderAway(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(folder, nil, 0o600)) // a file where the folder should be
	said := make(chan string, 100)
	s, err := sqlstore.Open(sqlstore.Options{URL: "sqlite:" + filepath.Join(folder, "x.db"), Log: slog.New(slog.NewTextHandler(lines(said), nil))})
	require.NoError(t, err)
	s.Start()
	require.Contains(t, <-said, "the database cannot be used yet")
	allDown(t, s)
	require.NoError(t, os.Remove(folder))
	up(t, s)
	require.NoError(t, s.Close())
	require.Contains(t, <-said, "the database is ready", "the same fault is not said twice")
}

// TestCloseWhileConnecting must end at once, and leave no goroutine, which TestMain looks for.
func TestCloseWhileConnecting(t *testing.T) {
	s, err := sqlstore.Open(sqlstore.Options{URL: "mysql://user:secret@127.0.0.1:1/name", Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	s.Start()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "twice is once")
}

func allDown(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	for method, call := range storetest.Methods(s) {
		require.ErrorIs(t, call(t.Context()), recording.ErrStoreDown, method)
	}
}

func up(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case <-s.Up():
	case <-ctx.Done():
		require.Fail(t, "the store does not come up", s.Ping(t.Context()))
	}
}

func restart(t *testing.T, s *server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, s.database.Restart(ctx))
}

// lines is a log whose lines can be waited for.
type lines chan<- string

func (l lines) Write(line []byte) (int, error) {
	l <- string(bytes.TrimSpace(line))
	return len(line), nil
}
