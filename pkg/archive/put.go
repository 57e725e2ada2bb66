package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"ari-recorder/pkg/recording"
)

// part ends the name of a file that is being written; whatever has it is nobody's audio yet.
const part = ".part"

// Put writes the audio beside its place, repairs and measures it, and gives it its name only then: a crash at any moment
// leaves the whole file, or none under that name. It returns recording.ErrBadAudio for what is no WAV, and
// io.ErrUnexpectedEOF (wrapped) if src ends before size.
func (a *Folder) Put(ctx context.Context, r *recording.Recording, src io.Reader, size int64) (*recording.Audio, error) {
	target := key(r)
	folder := path.Dir(target)
	f, attempt, err := a.draft(folder, r.ID)
	if err != nil {
		return nil, err
	}
	audio, err := write(ctx, f, src, size)
	if err == nil {
		err = a.root.Rename(draftName(folder, r.ID, attempt), target)
	}
	if err != nil {
		return nil, errors.Join(err, a.remove(draftName(folder, r.ID, attempt)))
	}
	if err := a.syncFolders(folder); err != nil {
		return nil, err
	}
	audio.Key = target
	return audio, a.removeAttempts(folder, r.ID, attempt)
}

// removeAttempts removes the drafts of the attempts before the one that has got its name, and of those after it, which another instance has begun.
func (a *Folder) removeAttempts(folder, id string, done int) error {
	for attempt := 1; ; attempt++ {
		if attempt == done {
			continue
		}
		err := a.root.Remove(draftName(folder, id, attempt))
		switch {
		case errors.Is(err, fs.ErrNotExist) && attempt > done:
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
}

// draftName is the hidden name under which an attempt writes. Attempts are numbered, so that the next one knows what killed ones have left: to look
// through the folder would take the longer the more recordings a day has.
func draftName(folder, id string, attempt int) string {
	return path.Join(folder, fmt.Sprintf(".%s-%d%s", id, attempt, part))
}

// draft makes the file of the next attempt, and the folder if it is not there.
func (a *Folder) draft(folder, id string) (f *os.File, attempt int, err error) {
	for attempt = 1; ; attempt++ {
		name := draftName(folder, id, attempt)
		f, err = a.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
		if errors.Is(err, fs.ErrNotExist) {
			a.durable.Delete(folder)
			if err := a.root.MkdirAll(folder, 0o750); err != nil {
				return nil, 0, fmt.Errorf("storage folder: %w", err)
			}
			f, err = a.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
		}
		if !errors.Is(err, fs.ErrExist) {
			return f, attempt, err
		}
	}
}

// write makes the draft: all bytes, the right header, on the disk. It closes the file.
func write(ctx context.Context, f *os.File, src io.Reader, size int64) (audio *recording.Audio, err error) {
	defer closing(f, &err)
	n, err := io.Copy(f, cancellable{ctx, src})
	if err == nil && size >= 0 && n != size {
		err = fmt.Errorf("%d of %d bytes: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, fmt.Errorf("copy the audio: %w", err)
	}
	if err := repair(f); err != nil {
		return nil, err
	}
	if audio, err = measure(ctx, f); err != nil {
		return nil, err
	}
	return audio, f.Sync()
}

// removeDrafts removes whatever attempts for the recording left when they were killed, however they called it.
func (a *Folder) removeDrafts(folder, id string) error {
	entries, err := fs.ReadDir(a.root.FS(), folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+id+"-") && strings.HasSuffix(e.Name(), part) {
			if err := a.remove(path.Join(folder, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Folder) remove(name string) error {
	if err := a.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolders makes the new name durable, and once also the names of the folders above it: one of them may be new.
func (a *Folder) syncFolders(folder string) error {
	_, durable := a.durable.Load(folder)
	for above := folder; ; above = path.Dir(above) {
		if err := a.syncFolder(above); err != nil {
			return err
		}
		if durable || above == "." {
			break
		}
	}
	a.durable.Store(folder, true)
	return nil
}

func (a *Folder) syncFolder(folder string) error {
	f, err := a.root.Open(folder)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("storage folder: %w", err)
	}
	return nil
}

// cancellable stops a copy when its context ends.
type cancellable struct {
	ctx context.Context
	src io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.src.Read(p)
}
