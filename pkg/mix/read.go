package mix

import (
	"encoding/binary"
	"io"
	"math"
)

// Read reads on in the file. An error of a track's file ends the mix: what was cut off is no recording.
func (m *Mix) Read(p []byte) (int, error) {
	if len(m.header) > 0 {
		n := copy(p, m.header)
		m.header = m.header[n:]
		return n, nil
	}
	if len(m.left) == 0 {
		if err := m.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

// fill sums the next block.
func (m *Mix) fill() error {
	frames := min(blockFrames, m.frames-m.next)
	if frames == 0 {
		return io.EOF
	}
	sums := m.sums[:frames*int64(m.channels)]
	clear(sums)
	for _, v := range m.voices {
		if err := v.add(sums, m.next, m.channels); err != nil {
			return err
		}
	}
	m.left = m.block[:len(sums)*sampleBytes]
	for i, sum := range sums {
		loudest := min(max(sum, math.MinInt16), math.MaxInt16) // louder than there is would turn over into noise
		binary.LittleEndian.PutUint16(m.left[i*sampleBytes:], uint16(loudest))
	}
	m.next += frames
	return nil
}
