package archive

import (
	"context"
	"fmt"
	"path"
	"strings"

	"ari-recorder/pkg/recording"
)

// suffix ends the name of every audio file; whatever has another one is none of ours.
const suffix = ".wav"

// Delete removes the recording's file for good, whether its row knows of one or not, and what killed attempts to put it
// have left beside it; a missing one is no error. The folder of its day stays.
func (a *Archive) Delete(ctx context.Context, r *recording.Recording) error {
	keys := []string{key(r)}
	if r.Audio != nil && r.Audio.Key != "" && r.Audio.Key != keys[0] {
		keys = append(keys, r.Audio.Key)
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
func (a *Archive) delete(key string) error {
	folder, name := path.Split(key)
	id, audio := strings.CutSuffix(name, suffix)
	if !audio || id == "" {
		return fmt.Errorf("%q is not the key of an audio file", key)
	}
	folder = path.Clean(folder)
	if err := a.remove(key); err != nil {
		return err
	}
	if err := a.removeDrafts(folder, id); err != nil {
		return unlessGone(err) // not even its day has a folder
	}
	return a.syncFolder(folder)
}
