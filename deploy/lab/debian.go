package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// Debian is a small Debian beside the lab's own: for what else a test has to put into a root folder or an image.
type Debian struct {
	Suite    string
	Packages []string
	Hooks    []string // shell commands that finish it on the machine, with its folder as $1
}

func (d Debian) recipe() recipe { return recipe{suite: d.Suite, packages: d.Packages, hooks: d.Hooks} }

// Digest changes with everything that decides what is in it, but for the packages' versions.
func (d Debian) Digest() string { return d.recipe().digest() }

// Install makes it a root folder of the cache folder, as Install does with the lab's, and returns where that is.
func (d Debian) Install(ctx context.Context, out io.Writer, name string) (folder string, err error) {
	if os.Geteuid() != 0 {
		return "", errNotRoot
	}
	if folder, err = Root(name).folder(); err != nil {
		return "", err
	}
	if err := installAt(ctx, out, d.recipe(), folder); err != nil {
		return "", fmt.Errorf("install root folder %s: %w", name, err)
	}
	return folder, nil
}

// Tar makes it an archive at path, which must end in .tar.
func (d Debian) Tar(ctx context.Context, out io.Writer, path string) error {
	if os.Geteuid() != 0 {
		return errNotRoot
	}
	if err := needMmdebstrap(ctx, out); err != nil {
		return err
	}
	what := append([]string{"Debian " + d.Suite}, d.Packages...)
	if _, err := fmt.Fprintf(out, "packing %s (once; half a minute)\n", strings.Join(what, ", ")); err != nil {
		return err
	}
	return runIsolated(ctx, "mmdebstrap", d.recipe().args(path)...)
}
