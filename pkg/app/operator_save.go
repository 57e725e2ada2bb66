package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ari-recorder/pkg/recording"
)

// prove copies the audio and tells whether it was what the row says.
func prove(to io.Writer, from io.Reader, want recording.Audio) error {
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(to, sum), from)
	if err != nil {
		return fmt.Errorf("copy the audio: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); size != want.Size || got != want.SHA256 {
		return fmt.Errorf("the stored file is not what was recorded: %d bytes with SHA-256 %s instead of %d with %s", size, got, want.Size, want.SHA256)
	}
	return nil
}

// proving ends a copy when ctx does.
type proving struct {
	ctx    context.Context
	source io.Reader
}

func (p proving) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.source.Read(b)
}

// mayCreate tells early what save would refuse. A device is never replaced by a file.
func mayCreate(file string, force bool) error {
	switch info, err := os.Lstat(file); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no ordinary file, it is not replaced", printable(file))
	case !force:
		return fmt.Errorf("%s exists; add --force to overwrite it", printable(file))
	}
	return nil
}

// save makes the file whole or not at all: others never see a part of it under its name.
func save(file string, force bool, write func(io.Writer) error) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*.part") // for its owner's eyes only
	if err != nil {
		return err
	}
	defer func() {
		if removeErr := os.Remove(draft.Name()); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}()
	if err := errors.Join(write(draft), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if force {
		return os.Rename(draft.Name(), file)
	}
	return rename(draft.Name(), file)
}

// rename does not replace a file that somebody has made meanwhile. Not every file system has links: a memory stick's may
// lose that race.
func rename(draft, file string) error {
	if os.Link(draft, file) == nil {
		return nil
	}
	if err := mayCreate(file, false); err != nil {
		return err
	}
	return os.Rename(draft, file)
}
