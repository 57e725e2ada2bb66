package archive

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
)

// Walk reads the folders: see Archive.
func (a *Folder) Walk(ctx context.Context, visit func(key string, size int64) error) error {
	return fs.WalkDir(a.root.FS(), ".", func(key string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return unlessGone(err)
		case !isAudio(key, entry):
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return unlessGone(err)
		}
		return visit(key, info.Size())
	})
}

func isAudio(key string, entry fs.DirEntry) bool {
	name := path.Base(key)
	return entry.Type().IsRegular() && strings.HasSuffix(name, suffix) && !strings.HasPrefix(name, ".")
}

// unlessGone passes over what was deleted while the folders were read.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
