package wav_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/wav"
)

var (
	narrow = wav.Info{Channels: 1, SampleRate: 8000, BitsPerSample: 16}  // Asterisk's wav
	wide   = wav.Info{Channels: 1, SampleRate: 16000, BitsPerSample: 16} // Asterisk's wav16
)

// tone is n bytes of a 440 Hz sine at 8 kHz; an odd n ends within a sample.
func tone(n int) []byte {
	b := make([]byte, 0, n+1)
	for i := 0; len(b) < n; i++ {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(12000*math.Sin(2*math.Pi*440*float64(i)/8000))))
	}
	return b[:n]
}

// recording is a file as Asterisk leaves it after closing it.
func recording(format wav.Info, data []byte) []byte {
	format.DataBytes = int64(len(data))
	return append(format.Header(), data...)
}

// sized returns a copy of file with the given RIFF and data sizes in its 44 byte header.
func sized(file []byte, riff, data uint32) []byte {
	file = slices.Clone(file)
	binary.LittleEndian.PutUint32(file[4:], riff)
	binary.LittleEndian.PutUint32(file[40:], data)
	return file
}

// chunk is a chunk with its padding.
func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	return append(b, make([]byte, len(body)&1)...)
}

// riff is a file of chunks with a right size.
func riff(chunks ...[]byte) []byte {
	body := append([]byte("WAVE"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// format is a fmt chunk: 16 bytes, and whatever follows them.
func format(tag, channels, rate, bits, align int, more ...byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*align))
	b = binary.LittleEndian.AppendUint16(b, uint16(align))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	return chunk("fmt ", append(b, more...))
}

// extension is what follows the 16 bytes of an extensible format whose sub-format is tag.
func extension(tag byte) []byte {
	b := []byte{22, 0, 16, 0, 4, 0, 0, 0, tag, 0}
	return append(b, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...)
}

func inspect(t *testing.T, file []byte) wav.Info {
	t.Helper()
	info, err := wav.Inspect(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	return info
}
