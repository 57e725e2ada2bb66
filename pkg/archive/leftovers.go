package archive

import (
	"context"
	"io/fs"
	"path"
	"strings"
)

// Leftovers calls visit with every file that is no recording's audio: a draft with the id of its recording, anything else
// with an empty one. Links count as files. Drafts that are being written at this moment are among them.
func (a *Archive) Leftovers(ctx context.Context, visit func(name, id string) error) error {
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
