package recordingtest

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"ari-recorder/pkg/recording"
)

// HeaderSize is how many bytes of WAV and OpenWAV are no samples.
const HeaderSize = 44

// SampleRate returns the format's rate in Hz.
func SampleRate(f recording.Format) int {
	if f == recording.FormatWAV16 {
		return 16000
	}
	return 8000
}

// WAV makes a whole file as Asterisk writes it: a 44-byte header and 16-bit mono samples of a tone of 440 Hz.
func WAV(f recording.Format, length time.Duration) []byte {
	return wav(f, samples(f, length), true)
}

// OpenWAV makes a file as Asterisk leaves it while it records, and for ever if it is killed: the samples are there, the
// sizes in the header are zero.
func OpenWAV(f recording.Format, length time.Duration) []byte {
	return wav(f, samples(f, length), false)
}

func wav(f recording.Format, data []int16, closed bool) []byte {
	size, rate := uint32(len(data)*2), uint32(SampleRate(f))
	riff := HeaderSize - 8 + size
	if !closed {
		size, riff = 0, 0
	}
	var file bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), riff, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), rate, rate * 2, uint16(2), uint16(16),
		[]byte("data"), size, data,
	} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			panic(err) // only for types of no fixed size; there are none above
		}
	}
	return file.Bytes()
}

func samples(f recording.Format, length time.Duration) []int16 {
	rate := float64(SampleRate(f))
	data := make([]int16, int(length.Seconds()*rate))
	for i := range data {
		data[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	return data
}
