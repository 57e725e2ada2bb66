package archive

import (
	"context"
	"io/fs"
	"path"
	"strings"
)

// Leftovers reads the folders; links count as files: see Archive.
func (a *Folder) Leftovers(ctx context.Context, visit func(name, id string) error) error {
	return fs.WalkDir(a.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return unlessGone(err)
		case entry.IsDir(), isAudio(name, entry):
			return nil
		}
		return visit(name, draftOf(path.Base(name)))
	})
}

// draftOf finds the id in a draft's name; it is empty for any other name.
func draftOf(name string) string {
	text, ours := strings.CutSuffix(name, part)
	text, hidden := strings.CutPrefix(text, ".")
	id, _, numbered := strings.Cut(text, "-")
	if !ours || !hidden || !numbered {
		return ""
	}
	return id
}
