package archive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
)

func TestLeftoversAreWhateverIsNoAudio(t *testing.T) {
	folder := t.TempDir()
	a, err := archive.Open(folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	const id = "01k9z8x7w6v5t4s3r2q1p00001"
	for _, name := range []string{
		"2026/11/23/" + id + ".wav", "2026/11/23/." + id + "-abc.part", "2026/11/23/.hidden.wav", "notes.txt", "abc.part",
	} {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	require.NoError(t, os.Symlink("/nowhere", filepath.Join(folder, "link.wav")))
	found := map[string]string{}
	require.NoError(t, a.Leftovers(t.Context(), func(name, id string) error {
		found[name] = id
		return nil
	}))
	require.Equal(t, map[string]string{
		"2026/11/23/." + id + "-abc.part": id, "2026/11/23/.hidden.wav": "", "notes.txt": "", "abc.part": "", "link.wav": "",
	}, found)

	enough := errors.New("enough")
	require.ErrorIs(t, a.Leftovers(t.Context(), func(string, string) error { return enough }), enough)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, a.Leftovers(ctx, func(string, string) error { return nil }), context.Canceled)
}
