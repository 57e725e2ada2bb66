package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// suffix ends the name of every audio file; whatever has another one is none of ours.
const suffix = ".wav"

// Delete removes the file for good, and what killed attempts to put it have left beside it; a missing one is no error.
// The folder of its day stays.
func (a *Archive) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder, name := path.Split(key)
	id, audio := strings.CutSuffix(name, suffix)
	if !audio || id == "" {
		return fmt.Errorf("delete %q: not the key of an audio file", key)
	}
	folder = path.Clean(folder)
	err := errors.Join(a.remove(key), a.removeDrafts(folder, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // not even its day has a folder
	}
	if err != nil {
		return fmt.Errorf("delete audio: %w", err)
	}
	return a.syncFolder(folder)
}
