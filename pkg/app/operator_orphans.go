package app

import (
	"context"
	"errors"
	"path"
	"strings"

	"ari-recorder/pkg/recording"
)

// everyFile looks for what is in the archive and belongs to no row.
func (v *verifier) everyFile(ctx context.Context) error {
	audio := v.files.Walk(ctx, func(key string, _ int64) error {
		v.report.files++
		return v.audioFile(ctx, key)
	})
	if audio != nil {
		return audio
	}
	return v.files.Leftovers(ctx, func(name, id string) error {
		v.report.files++
		return v.leftover(ctx, name, id)
	})
}

// audioFile asks for the row that the file's name stands for.
func (v *verifier) audioFile(ctx context.Context, key string) error {
	id := strings.TrimSuffix(path.Base(key), ".wav")
	r, err := v.rowOf(ctx, id)
	switch {
	case err != nil:
		return err
	case r == nil:
		return v.suspect(ctx, finding{Finding: findOrphan, File: key, Detail: "no row has this name's id"})
	case r.State.InWork(), r.Audio != nil && r.Audio.Key == key: // or it is about to be
		return v.report.progress()
	case !r.ErasedAt.IsZero():
		return v.suspect(ctx, finding{Finding: findOrphan, ID: id, File: key, Detail: "the row says that it was erased"})
	}
	return v.suspect(ctx, finding{Finding: findOrphan, ID: id, File: key, Detail: "the row, which is " + string(r.State) + ", does not name this file"})
}

// leftover tells drafts that nobody works on any more, and files that never were ours.
func (v *verifier) leftover(ctx context.Context, name, id string) error {
	if id == "" {
		return v.suspect(ctx, finding{Finding: findOrphan, File: name, Detail: "not a file of this program's"})
	}
	r, err := v.rowOf(ctx, id)
	switch {
	case err != nil:
		return err
	case r == nil:
		return v.suspect(ctx, finding{Finding: findDraft, File: name, Detail: "no row has its id"})
	case r.State.InWork():
		return nil
	}
	return v.suspect(ctx, finding{Finding: findDraft, ID: id, File: name, Detail: "left by an attempt that was cut off; the row is " + string(r.State)})
}

// rowOf returns the row with the id, nil if there is none or could not be one.
func (v *verifier) rowOf(ctx context.Context, id string) (*recording.Recording, error) {
	if !isID(id) {
		return nil, nil
	}
	r, err := v.store.Get(ctx, id)
	if errors.Is(err, recording.ErrNotFound) {
		return nil, nil
	}
	return r, err
}

// suspect tells of a file if it is still there: the folders were read before the row was. It is not opened, for it may be
// anything.
func (v *verifier) suspect(ctx context.Context, f finding) error {
	ordinary, err := v.files.Look(ctx, f.File)
	switch {
	case errors.Is(err, recording.ErrNoAudioFile):
		return v.report.progress()
	case err != nil:
		f.Detail += "; it cannot be looked at: " + err.Error()
	case !ordinary:
		f.Detail += "; it is no regular file"
	}
	return v.report.add(f)
}
