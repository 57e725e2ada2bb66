// Package archive keeps finished audio: measured from its bytes, there whole or not at all, and nowhere but where it was told
// to be. A Folder holds files, a Bucket objects of an S3 server.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"

	"ari-recorder/pkg/recording"
)

// Archive is a recording.Archive with what operators need. It is safe for concurrent use.
type Archive interface {
	recording.Archive
	// MeasureKey reads the audio under the key again. It returns recording.ErrNoAudioFile for an unknown key,
	// recording.ErrBadAudio for what cannot be read as WAV, and recording.ErrNoSamples for a WAV without audio.
	MeasureKey(ctx context.Context, key string) (*recording.Audio, error)
	// Walk calls visit with the key and the size in bytes of all audio, in the order of the keys, until visit returns an error
	// or ctx ends. Drafts are left out. What is deleted or put meanwhile may be visited or not.
	Walk(ctx context.Context, visit func(key string, size int64) error) error
	// Leftovers calls visit with the name of everything that is no recording's audio: a draft with the id of its recording,
	// anything else with an empty one. Drafts that are being written at this moment are among them.
	Leftovers(ctx context.Context, visit func(name, id string) error) error
	// Look tells whether what is under a name of Walk or Leftovers is an ordinary file, without opening it. It returns
	// recording.ErrNoAudioFile if nothing is.
	Look(ctx context.Context, name string) (ordinary bool, err error)
	// Space asks for one round trip to where the audio is, and how much room there is for it, as far as anybody knows.
	Space(ctx context.Context) (Space, error)
	// Close lets go of what Open took. Nothing else may be called then.
	Close() error
}

// suffix ends the name of all audio; whatever has another one is none of ours.
const suffix = ".wav"

// key is where a recording's audio is: by the day of its creation, so that no folder grows without end, and by its id, so
// that putting it again finds the same place.
func key(r *recording.Recording) string {
	return path.Join(Day(r.CreatedAt), r.ID+suffix)
}

// Day is where, below the archive's root, recordings are kept that were created at that time.
func Day(created time.Time) string { return created.UTC().Format("2006/01/02") }

// keys are all places where audio of the recording may be: where a Put that nobody heard of has put it, and where its row
// says. It refuses what no Put can have made.
func keys(r *recording.Recording) ([]string, error) {
	list := []string{key(r)}
	if r.Audio != nil && r.Audio.Key != "" && r.Audio.Key != list[0] {
		list = append(list, r.Audio.Key)
	}
	for _, key := range list {
		if id, audio := strings.CutSuffix(path.Base(key), suffix); !audio || id == "" || strings.HasSuffix(key, "/") {
			return nil, fmt.Errorf("%q is not the key of an audio file", key)
		}
	}
	return list, nil
}

// Space is the storage's free and whole size in bytes, as far as this process may use it.
type Space struct{ Free, Total uint64 }

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
