package main

import (
	"debug/elf"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// No machine here runs them, but what is in them is made for arm64 and needs no library.
func TestPackagesForArm64(t *testing.T) {
	packages, err := olderPackages()
	require.NoError(t, err)
	h := newHost(t)
	deb, rpm := h.put(pick(t, packages, "_arm64.deb")), h.put(pick(t, packages, ".aarch64.rpm"))
	require.Equal(t, "arm64", h.run("dpkg-deb", "--field", deb, "Architecture"))
	require.Equal(t, "aarch64", h.run("rpm", "--query", "--package", "--queryformat=%{ARCH}", rpm))
	h.run("dpkg-deb", "--extract", deb, "/srv/deb")
	h.run("sh", "-ec", `mkdir rpm; rpm2archive - <"$1" | tar --extract --gzip --directory=rpm`, "sh", rpm)
	for _, format := range []string{"deb", "rpm"} {
		machine, libraries := program(t, filepath.Join(h.m.Dir, format, "usr/bin/ari-recorder"))
		require.Equal(t, elf.EM_AARCH64, machine, format)
		require.Empty(t, libraries, format)
	}
}

// program tells for which machine a program is, and which libraries it needs.
func program(t *testing.T, path string) (elf.Machine, []string) {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	libraries, err := file.ImportedLibraries()
	require.NoError(t, errors.Join(err, file.Close()))
	return file.Machine, libraries
}
