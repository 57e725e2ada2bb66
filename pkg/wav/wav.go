// Package wav reads, repairs and measures the headers of WAV files as Asterisk writes them: 16 bit mono PCM of 8 kHz
// (wav) or 16 kHz (wav16).
//
// Asterisk writes the sizes into the header when it closes the file. Killed before that, it leaves sizes of 0 in front
// of good samples. Inspect therefore believes the file's length, not the header, and tells how both differ.
// Nothing is ever read or allocated because a header asks for it, and no audio is held in memory.
package wav

import (
	"errors"
	"time"
)

// Errors of this package; test for them with errors.Is.
var (
	ErrNotWAV      = errors.New("not a WAV file")                // no RIFF and WAVE at the beginning
	ErrTruncated   = errors.New("WAV header is incomplete")      // the file ends before its fmt or data chunk does
	ErrUnsupported = errors.New("unsupported kind of WAV file")  // not PCM, or numbers that contradict each other
	ErrTooLarge    = errors.New("WAV file is larger than 4 GiB") // its sizes do not fit into the header's 32 bits
)

// PCM is the format tag of uncompressed integer samples, the only one that is supported.
const PCM = 1

// Info is what a WAV file really holds.
type Info struct {
	Format        int           // always PCM; WAVE_FORMAT_EXTENSIBLE is resolved to what it stands for
	Channels      int           // samples in a frame
	SampleRate    int           // frames a second
	BitsPerSample int           // 8, 16, 24 or 32
	DataOffset    int64         // where the first sample lies, in bytes from the beginning of the file
	DataBytes     int64         // length of the samples: whole frames only, the bytes of a cut last frame are left out
	Frames        int64         // DataBytes in frames
	Duration      time.Duration // length of the audio, rounded down to the nanosecond
	NeedsRepair   bool          // the file is not byte for byte what Reader yields

	riffSize, dataSize uint32 // as the header says
	tail               int64  // length of the chunks behind the samples and their padding
}

// frameBytes is the length of one frame in bytes.
func (i Info) frameBytes() int64 { return int64(i.Channels) * int64(i.BitsPerSample/8) }

// padding is the length of what follows the samples so that the next chunk begins at an even place.
func (i Info) padding() int64 { return i.DataBytes & 1 }

// Size returns the length of the repaired file in bytes. It is the file's own length unless NeedsRepair is set.
func (i Info) Size() int64 { return i.DataOffset + i.DataBytes + i.padding() + i.tail }

// measured returns i with what follows from DataBytes and from the length of the file.
func (i Info) measured(size int64) Info {
	i.Frames = i.DataBytes / i.frameBytes()
	i.Duration = time.Duration(i.Frames) * time.Second / time.Duration(i.SampleRate)
	i.NeedsRepair = size != i.Size() || int64(i.riffSize) != i.Size()-8 || int64(i.dataSize) != i.DataBytes
	return i
}
