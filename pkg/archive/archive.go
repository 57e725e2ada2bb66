// Package archive keeps finished audio as files below one folder: measured from their bytes, written whole or not at
// all, and never outside of it.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"ari-recorder/pkg/recording"
)

// Archive is a recording.Archive in a folder. It is safe for concurrent use.
type Archive struct {
	folder string
	root   *os.Root // every path is resolved below it, whatever links somebody may have put there
}

var _ recording.Archive = (*Archive)(nil)

// Open uses the folder, which is made if it is missing. Close must be called.
func Open(folder string) (*Archive, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	return &Archive{folder: folder, root: root}, nil
}

// Close lets go of the folder.
func (a *Archive) Close() error { return a.root.Close() }

// key is where a recording's file is: by the day of its creation, so that no folder grows without end, and by its id, so
// that putting it again finds the same place.
func key(r *recording.Recording) string {
	return path.Join(Folder(r.CreatedAt), r.ID+suffix)
}

// Folder is where, below the archive's own folder, recordings are kept that were created at that time.
func Folder(created time.Time) string { return created.UTC().Format("2006/01/02") }

// Open opens the file for reading at any place. It returns recording.ErrNoAudioFile for an unknown key and
// recording.ErrBadAudio for what is no regular file.
func (a *Archive) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	f, err := a.open(key)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Lstat tells what is under the name, a link being a link, without opening it. It returns recording.ErrNoAudioFile if
// nothing is.
func (a *Archive) Lstat(name string) (fs.FileInfo, error) {
	info, err := a.root.Lstat(name)
	return info, missing(err)
}

// open opens a regular file for reading. Who opened a pipe would wait until somebody writes to it, for good perhaps.
func (a *Archive) open(key string) (*os.File, error) {
	f, err := a.root.OpenFile(key, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, missing(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: %s is no regular file", recording.ErrBadAudio, key)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Measure reads again the file that an earlier Put has made for the recording, wherever that was cut off afterwards.
func (a *Archive) Measure(ctx context.Context, r *recording.Recording) (*recording.Audio, error) {
	return a.MeasureKey(ctx, key(r))
}

// MeasureKey reads the file under the key again. It returns recording.ErrNoAudioFile for an unknown key,
// recording.ErrBadAudio for what cannot be read as WAV, and recording.ErrNoSamples for a WAV without audio.
func (a *Archive) MeasureKey(ctx context.Context, key string) (audio *recording.Audio, err error) {
	f, err := a.open(key)
	if err != nil {
		return nil, err
	}
	defer closing(f, &err)
	audio, err = measure(ctx, f)
	if err != nil {
		return nil, err
	}
	audio.Key = key
	return audio, nil
}

// Space is the storage's free and whole size in bytes, as far as this process may use it.
type Space struct{ Free, Total uint64 }

// Space asks the file system.
func (a *Archive) Space() (Space, error) { return SpaceIn(a.folder) }

// SpaceIn asks the file system that a folder is on.
func SpaceIn(folder string) (Space, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return Space{}, fmt.Errorf("storage folder: %w", err)
	}
	block := uint64(s.Bsize) //nolint:gosec // a block's size is never negative
	return Space{Free: s.Bavail * block, Total: s.Blocks * block}, nil
}

func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", recording.ErrNoAudioFile, err)
	}
	return err
}

// closing closes f at the end of a function and lets the error be known if there is no other.
func closing(f io.Closer, err *error) {
	if closeErr := f.Close(); *err == nil {
		*err = closeErr
	}
}
