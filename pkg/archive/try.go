package archive

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Nearest returns the folder, or the nearest one above it that is there: where Open would make it. It fails on what is in
// the way, such as a file.
func Nearest(folder string) (string, error) {
	for {
		info, err := os.Stat(folder)
		switch above := filepath.Dir(folder); {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is no folder", folder)
		case err == nil || !errors.Is(err, fs.ErrNotExist) || above == folder:
			return folder, err
		default:
			folder = above
		}
	}
}

// Try does in the folder what Put does: it writes a small file, makes it durable, renames it, and reads it again; then
// nothing of it is left.
func Try(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	a := &Folder{folder: folder, root: root}
	draft := ".trial-" + strings.ToLower(rand.Text()) + part
	target := draft + ".renamed"
	err = a.try(draft, target)
	return errors.Join(err, a.remove(draft), a.remove(target), a.Close())
}

func (a *Folder) try(draft, target string) error {
	if err := a.writeTrial(draft); err != nil {
		return err
	}
	if err := a.root.Rename(draft, target); err != nil {
		return err
	}
	if err := a.syncFolder("."); err != nil {
		return err
	}
	text, err := a.root.ReadFile(target)
	if err == nil && string(text) != draft {
		err = fmt.Errorf("%s holds something else than was written", target)
	}
	return err
}

func (a *Folder) writeTrial(draft string) (err error) {
	f, err := a.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer closing(f, &err)
	if _, err := f.WriteString(draft); err != nil {
		return err
	}
	return f.Sync()
}
