package sqlstore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// What SQLite keeps beside the database holds rows, too: the last ones are in -wal alone.
var sqliteSuffixes = []string{"", "-wal", "-shm"}

// inUse opens the database in the folder, writes to it and reads from it.
func inUse(t *testing.T, folder string) (path string) {
	t.Helper()
	path = filepath.Join(folder, "odd #name%20.db")
	s := open(t, "sqlite:"+path)
	r := starting()
	require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
	_, err := s.Get(t.Context(), r.ID)
	require.NoError(t, err)
	return path
}

func requirePrivate(t *testing.T, path string) {
	t.Helper()
	for _, suffix := range sqliteSuffixes {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), suffix)
	}
}

func TestNobodyElseReadsTheFiles(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o755))
	requirePrivate(t, inUse(t, folder))
}

// A database that is open already, as another version of this program would have left it, is tightened with all its files.
func TestFilesThatOthersCouldReadAreTightened(t *testing.T) {
	path := inUse(t, t.TempDir())
	for _, suffix := range sqliteSuffixes {
		require.NoError(t, os.Chmod(path+suffix, 0o644))
	}
	requirePrivate(t, inUse(t, filepath.Dir(path)))
}

// A folder in the place of the database is refused, and left as it is.
func TestAFolderIsNoDatabase(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder")
	require.NoError(t, os.Mkdir(folder, 0o755))
	require.ErrorIs(t, dormant(t, "sqlite:"+folder, time.Minute).Migrate(t.Context()), recording.ErrStoreDown)
	info, err := os.Stat(folder)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
}
