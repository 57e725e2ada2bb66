package mix

import (
	"errors"
	"fmt"
	"io"
	"time"

	"ari-recorder/pkg/wav"
)

// ErrUnfit is returned by Open for what cannot be mixed: no WAV, or none of 16 bits with one channel.
var ErrUnfit = errors.New("cannot be mixed")

// sampleBytes is the length of a sample, headerBytes that of the header of a mix.
const (
	sampleBytes = 2
	headerBytes = 44
)

// Audio are the samples of a WAV file, wherever their header says that they end: see wav.Inspect.
type Audio struct {
	samples io.ReaderAt
	rate    int
	frames  int64
}

// Open reads the header of a WAV file of size bytes. The file must stay as it is until the mix has been read. It returns
// ErrUnfit, wrapped, for a file that no retry will make fit, and any other error of r.
func Open(r io.ReaderAt, size int64) (*Audio, error) {
	info, err := wav.Inspect(r, size)
	for _, hopeless := range []error{wav.ErrNotWAV, wav.ErrTruncated, wav.ErrUnsupported, wav.ErrTooLarge} {
		if errors.Is(err, hopeless) {
			return nil, fmt.Errorf("%w: %w", ErrUnfit, err)
		}
	}
	if err != nil {
		return nil, err
	}
	if info.Channels != 1 || info.BitsPerSample != 8*sampleBytes {
		return nil, fmt.Errorf("%w: %d channels of %d bits", ErrUnfit, info.Channels, info.BitsPerSample)
	}
	return &Audio{io.NewSectionReader(r, info.DataOffset, info.DataBytes), info.SampleRate, info.Frames}, nil
}

// Rate is in Hz.
func (a *Audio) Rate() int { return a.rate }

// Duration is the length of the samples.
func (a *Audio) Duration() time.Duration { return duration(a.frames, a.rate) }

// header is that of a WAV file of 16 bits.
func header(rate, channels int, frames int64) []byte {
	return wav.Info{
		Channels: channels, SampleRate: rate, BitsPerSample: 8 * sampleBytes, DataBytes: frames * int64(channels) * sampleBytes,
	}.Header()
}
