package sqlstore_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

func named(t *testing.T, url, want string) *sqlstore.Store {
	t.Helper()
	s := dormant(t, url, 0)
	name, err := s.TakeName(t.Context(), "pbx")
	require.NoError(t, err)
	require.Equal(t, want, name)
	return s
}

func TestProcessesThatAreCalledAlikeAreToldApart(t *testing.T) {
	for _, server := range []*server{mariaDB, mySQL} {
		t.Run(string(server.root), func(t *testing.T) {
			url := server.fresh(t)
			one, two := named(t, url, "pbx"), named(t, url, "pbx-2")
			named(t, url, "pbx-3")
			named(t, server.fresh(t), "pbx") // another database has names of its own
			require.NoError(t, one.Close())
			named(t, url, "pbx")
			require.NoError(t, two.Close())
			named(t, url, "pbx-2")
		})
	}
	t.Run("SQLite", func(t *testing.T) { named(t, sqliteURL(t), "pbx") })
}

// Both have come up while nobody could tell that there are two of a name.
func TestTwoOfANameThatMeetLaterAreReported(t *testing.T) {
	database, url := mariaDB.running(t), mariaDB.fresh(t)
	require.NoError(t, database.Kill())
	log := &page{}
	for range 2 {
		s, err := sqlstore.Open(sqlstore.Options{URL: url, Log: slog.New(slog.NewTextHandler(log, nil))})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		name, err := s.TakeName(t.Context(), "pbx")
		require.ErrorIs(t, err, recording.ErrStoreDown)
		require.Equal(t, "pbx", name, "the database being away keeps nobody from coming up")
	}
	restart(t, mariaDB)
	require.Eventually(t, func() bool { return log.count("another living process") > 0 }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, log.count("another living process"), "the one that was quicker has the name")
	named(t, url, "pbx-2")
}

// page is a log that several goroutines write.
type page struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *page) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *page) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}
