// Package mix sums PCM tracks into one WAV stream: each track at its place, and only in the spans in which it counts.
//
// Nothing but a block of a fraction of a second is ever in memory, however long the tracks are.
package mix

import (
	"fmt"
	"math"
	"time"
)

// Side is where a track is heard in a mix of two channels; in a mono mix it makes no difference.
type Side int

// The sides.
const (
	Both Side = iota
	Left
	Right
)

// Span is a piece of time on the mix's clock, To not included.
type Span struct{ From, To time.Duration }

// Track is audio with its place in the mix. Spans may overlap, reach beyond the audio, or be in any order: a sample counts
// once if it lies in any of them.
type Track struct {
	Audio *Audio
	At    time.Duration // where on the mix's clock its first sample lies; may be before 0
	Spans []Span
	Side  Side
}

// Mix is the stream of a whole WAV file. It is read once, by one goroutine.
type Mix struct {
	rate, channels int
	frames         int64
	voices         []*voice
	header         []byte // what of it is still to be read
	next           int64  // the first frame that is not yet in block
	sums           []int32
	block, left    []byte // a buffer, and what of it is still to be read
}

// blockFrames is how much is summed at once: half a second at 8 kHz.
const blockFrames = 4096

// New mixes the tracks to 16 bits at the rate, in Hz, with one channel or two. The mix ends with the last sample that
// counts; one in which none counts holds no samples. All tracks must have that rate. It returns ErrUnfit, wrapped, for what
// would be longer than a WAV can be: 4 GiB.
func New(rate, channels int, tracks ...Track) (*Mix, error) {
	if rate <= 0 || channels < 1 || channels > 2 {
		return nil, fmt.Errorf("a mix of %d channels at %d Hz is not possible", channels, rate)
	}
	m := &Mix{rate: rate, channels: channels, sums: make([]int32, blockFrames*channels), block: make([]byte, blockFrames*channels*sampleBytes)}
	for i, t := range tracks {
		if t.Audio.Rate() != rate {
			return nil, fmt.Errorf("track %d has %d Hz, the mix %d", i, t.Audio.Rate(), rate)
		}
		v := newVoice(t)
		m.voices, m.frames = append(m.voices, v), max(m.frames, v.end())
	}
	if m.Size() > math.MaxUint32 {
		return nil, fmt.Errorf("%w: the mix would have %d bytes", ErrUnfit, m.Size())
	}
	m.header = header(rate, channels, m.frames)
	return m, nil
}

// Size is the length of the stream in bytes, header included.
func (m *Mix) Size() int64 { return headerBytes + m.frames*int64(m.channels)*sampleBytes }

// Duration is the length of the audio.
func (m *Mix) Duration() time.Duration { return duration(m.frames, m.rate) }

// Peak is the largest sample of a track, without its sign, among those that counted and were read so far: 0 is silence,
// 32768 the loudest there is. Tracks are counted from 0, in New's order.
func (m *Mix) Peak(track int) int { return m.voices[track].peak }

// frame is the number of frames from 0 to d, to the nearest.
func frame(d time.Duration, rate int) int64 {
	seconds, rest := int64(d/time.Second), int64(d%time.Second)
	half := int64(time.Second / 2)
	if rest < 0 {
		half = -half
	}
	return seconds*int64(rate) + (rest*int64(rate)+half)/int64(time.Second)
}

// duration is what frames last.
func duration(frames int64, rate int) time.Duration {
	return time.Duration(frames/int64(rate))*time.Second + time.Duration(frames%int64(rate))*time.Second/time.Duration(rate)
}
