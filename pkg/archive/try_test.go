package archive_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
)

func TestTryLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	there, err := archive.Nearest(filepath.Join(folder, "a", "b"))
	require.NoError(t, err)
	require.Equal(t, folder, there)
	require.NoError(t, archive.Try(there))
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)

	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = archive.Nearest(filepath.Join(file, "below"))
	require.Error(t, err)
	_, err = archive.Nearest(file)
	require.ErrorContains(t, err, "is no folder")
	require.Error(t, archive.Try("/proc"), "where nothing can be written")
	require.Error(t, archive.Try(filepath.Join(folder, "none")))
}
