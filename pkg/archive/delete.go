package archive

import (
	"context"
	"fmt"
	"path"
	"strings"

	"ari-recorder/pkg/recording"
)

// Delete removes the recording's file for good, whether its row knows of one or not, and what killed attempts to put it
// have left beside it; a missing one is no error. The folder of its day stays.
func (a *Folder) Delete(ctx context.Context, r *recording.Recording) error {
	keys, err := keys(r)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.delete(key); err != nil {
			return fmt.Errorf("delete audio: %w", err)
		}
	}
	return nil
}

// delete removes one file and its drafts.
func (a *Folder) delete(key string) error {
	folder, name := path.Split(key)
	folder = path.Clean(folder)
	if err := a.remove(key); err != nil {
		return err
	}
	if err := a.removeDrafts(folder, strings.TrimSuffix(name, suffix)); err != nil {
		return unlessGone(err) // not even its day has a folder
	}
	return a.syncFolder(folder)
}
