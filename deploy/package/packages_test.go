package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The versions that the tests install; the second is higher only if it is not compared as text.
const older, newer = "0.9.0", "0.10.0"

// root is the repository's.
const root = "../.."

var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "ari-recorder-packages-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(scratch); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// olderPackages are those that a site has, for all architectures.
var olderPackages = sync.OnceValues(func() ([]string, error) {
	b := build{
		release: release{older, committed}, source: root, out: filepath.Join(scratch, older),
		arches: []string{"amd64", "arm64"}, formats: []string{"deb", "rpm"},
	}
	return b.run(context.Background())
})

// newerPackages are the next version's, for this machine only. They come with another configuration file.
var newerPackages = sync.OnceValues(func() ([]string, error) {
	source := filepath.Join(scratch, "newer-source")
	if err := copySource(source, 0o644); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(source, "deploy/package/ari-recorder.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString("# New in this version.\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	b := build{
		release: release{newer, committed.AddDate(0, 1, 0)}, source: source, out: filepath.Join(scratch, newer),
		arches: []string{"amd64"}, formats: []string{"deb", "rpm"},
	}
	return b.run(context.Background())
})

// copySource copies what the packages are made from into another folder, with other rights and, as it is new, other times.
func copySource(to string, mode fs.FileMode) error {
	for _, name := range []string{"go.mod", "go.sum", "README.md", "CHANGELOG.md", "api", "cmd", "config", "deploy/package", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			inside, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			copied := filepath.Join(to, inside)
			return errors.Join(os.MkdirAll(filepath.Dir(copied), 0o700), os.WriteFile(copied, content, mode))
		})
		if err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	return nil
}

// Whoever builds a commit can prove by one number that a package is made from it and nothing else.
func TestPackagesAreReproducible(t *testing.T) {
	first, err := olderPackages()
	require.NoError(t, err)
	require.Len(t, first, 4)
	source := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, copySource(source, 0o600))
	b := build{
		release: release{older, committed}, source: source, out: filepath.Join(t.TempDir(), "out"),
		arches: []string{"amd64", "arm64"}, formats: []string{"deb", "rpm"},
	}
	second, err := b.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, sums(t, first), sums(t, second))
}

// sums are the digests by the files' names.
func sums(t *testing.T, files []string) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		digests[filepath.Base(file)] = hex.EncodeToString(sum[:])
	}
	return digests
}

// pick returns the package whose name ends like that.
func pick(t *testing.T, files []string, ending string) string {
	t.Helper()
	for _, file := range files {
		if strings.HasSuffix(file, ending) {
			return file
		}
	}
	t.Fatalf("no package %s among %v", ending, files)
	return ""
}
