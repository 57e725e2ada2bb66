package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/wav"
)

// audio is what can be measured: a file, or an object.
type audio interface {
	io.ReadSeeker
	io.ReaderAt
}

// inspect reads the header against the length.
func inspect(f audio) (wav.Info, error) {
	length, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return wav.Info{}, err
	}
	info, err := wav.Inspect(f, length)
	for _, hopeless := range []error{wav.ErrNotWAV, wav.ErrTruncated, wav.ErrUnsupported, wav.ErrTooLarge} {
		if errors.Is(err, hopeless) {
			return wav.Info{}, fmt.Errorf("%w: %w", recording.ErrBadAudio, err)
		}
	}
	return info, err
}

// repair brings the header in step with the bytes: Asterisk, killed, leaves sizes of 0.
func repair(f *os.File) error {
	info, err := inspect(f)
	if err != nil {
		return err
	}
	return info.Fix(f)
}

// measure reads all of it once more: what is said of a recording is what its bytes in the archive are.
func measure(ctx context.Context, f audio) (*recording.Audio, error) {
	info, err := inspect(f)
	if err != nil {
		return nil, err
	}
	if info.Frames == 0 {
		return nil, recording.ErrNoSamples
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, cancellable{ctx, f})
	if err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	return &recording.Audio{
		Duration: info.Duration, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil)),
		Channels: info.Channels, SampleRate: info.SampleRate,
	}, nil
}
