package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"ari-recorder/pkg/recording"
)

// Folder is an Archive in a folder.
type Folder struct {
	folder string
	root   *os.Root // every path is resolved below it, whatever links somebody may have put there

	durable sync.Map // names of folders → true: they are on the disk, and those above them
}

var _ Archive = (*Folder)(nil)

// Open uses the folder, which is made if it is missing. Close must be called.
func Open(folder string) (*Folder, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("storage folder: %w", err)
	}
	return &Folder{folder: folder, root: root}, nil
}

// Close lets go of the folder.
func (a *Folder) Close() error { return a.root.Close() }

// Open opens the file for reading at any place. It returns recording.ErrNoAudioFile for an unknown key and
// recording.ErrBadAudio for what is no regular file.
func (a *Folder) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	f, err := a.open(key)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Look tells what is under the name, a link being a link: see Archive.
func (a *Folder) Look(_ context.Context, name string) (bool, error) {
	info, err := a.root.Lstat(name)
	if err != nil {
		return false, missing(err)
	}
	return info.Mode().IsRegular(), nil
}

// open opens a regular file for reading. Who opened a pipe would wait until somebody writes to it, for good perhaps.
func (a *Folder) open(key string) (*os.File, error) {
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
func (a *Folder) Measure(ctx context.Context, r *recording.Recording) (*recording.Audio, error) {
	return a.MeasureKey(ctx, key(r))
}

// MeasureKey reads the file under the key again: see Archive.
func (a *Folder) MeasureKey(ctx context.Context, key string) (audio *recording.Audio, err error) {
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

// Space asks the file system: see Archive.
func (a *Folder) Space(context.Context) (Space, error) { return SpaceIn(a.folder) }
