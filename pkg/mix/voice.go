package mix

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// voice is a track in frames of the mix's clock.
type voice struct {
	audio  *Audio
	at     int64
	pieces []piece // in order, apart from each other, within the audio and not before 0
	side   Side
	peak   int
	buffer []byte
}

// piece is a run of frames, to not included.
type piece struct{ from, to int64 }

func newVoice(t Track) *voice {
	rate := t.Audio.rate
	v := &voice{audio: t.Audio, at: frame(t.At, rate), side: t.Side, buffer: make([]byte, blockFrames*sampleBytes)}
	first, last := max(0, v.at), v.at+t.Audio.frames
	for _, s := range t.Spans {
		if p := (piece{max(frame(s.From, rate), first), min(frame(s.To, rate), last)}); p.from < p.to {
			v.pieces = append(v.pieces, p)
		}
	}
	v.pieces = joined(v.pieces)
	return v
}

// joined puts pieces into order and makes one of those that meet.
func joined(pieces []piece) (apart []piece) {
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	for _, p := range pieces {
		if n := len(apart); n > 0 && p.from <= apart[n-1].to {
			apart[n-1].to = max(apart[n-1].to, p.to)
			continue
		}
		apart = append(apart, p)
	}
	return apart
}

// end is the first frame behind all that counts.
func (v *voice) end() int64 {
	if len(v.pieces) == 0 {
		return 0
	}
	return v.pieces[len(v.pieces)-1].to
}

// add adds what counts of the frames from the given one on to sums, which hold one sum for each channel.
func (v *voice) add(sums []int32, from int64, channels int) error {
	to := from + int64(len(sums)/channels)
	for len(v.pieces) > 0 && v.pieces[0].to <= from {
		v.pieces = v.pieces[1:] // the mix goes forward only
	}
	for _, p := range v.pieces {
		if p.from >= to {
			break
		}
		first, last := max(p.from, from), min(p.to, to)
		samples := v.buffer[:(last-first)*sampleBytes]
		if n, err := v.audio.samples.ReadAt(samples, (first-v.at)*sampleBytes); n < len(samples) {
			return fmt.Errorf("read samples: %w", err)
		}
		v.sum(sums[(first-from)*int64(channels):], samples, channels)
	}
	return nil
}

func (v *voice) sum(sums []int32, samples []byte, channels int) {
	first, last := 0, channels
	if channels == 2 && v.side != Both {
		first = int(v.side - Left)
		last = first + 1
	}
	for channel := first; channel < last; channel++ {
		own := sums[channel:]
		for i := 0; i < len(samples)/sampleBytes; i++ {
			sample := int32(int16(binary.LittleEndian.Uint16(samples[i*sampleBytes:])))
			v.peak = max(v.peak, int(sample), -int(sample))
			own[i*channels] += sample
		}
	}
}
