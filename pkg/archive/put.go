package archive

import (
	"context"
	"crypto/rand"
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
	if err := a.root.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	draft := path.Join(folder, "."+r.ID+"-"+strings.ToLower(rand.Text())+part)
	audio, err := a.write(ctx, draft, src, size)
	if err == nil {
		err = a.root.Rename(draft, target)
	}
	if err != nil {
		return nil, errors.Join(err, a.remove(draft))
	}
	if err := a.syncFolders(folder); err != nil {
		return nil, err
	}
	audio.Key = target
	return audio, a.removeDrafts(folder, r.ID)
}

// write makes the draft: all bytes, the right header, on the disk.
func (a *Folder) write(ctx context.Context, draft string, src io.Reader, size int64) (audio *recording.Audio, err error) {
	f, err := a.root.OpenFile(draft, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
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

// removeDrafts removes what earlier attempts for the same recording left when they were killed.
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

// syncFolders makes the new name durable, and the names of the folders above it: one of them may be new.
func (a *Folder) syncFolders(folder string) error {
	for {
		if err := a.syncFolder(folder); err != nil {
			return err
		}
		if folder == "." {
			return nil
		}
		folder = path.Dir(folder)
	}
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
