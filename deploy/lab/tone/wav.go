package tone

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errNoWAV = errors.New("not a 16-bit PCM WAV")

// WAV is a decoded file: Channels holds one slice of samples for each channel, all of one length.
type WAV struct {
	Rate     int // samples a second
	Channels [][]int16
}

// ReadWAV decodes the bytes of a 16-bit PCM WAV file. It is strict, since it judges what others wrote: sizes that do not fit the bytes, other
// encodings and cut samples are errors.
func ReadWAV(file []byte) (WAV, error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return WAV{}, errNoWAV
	}
	if size := int(binary.LittleEndian.Uint32(file[4:])); size != len(file)-8 {
		return WAV{}, fmt.Errorf("%w: RIFF size %d in a file of %d bytes", errNoWAV, size, len(file))
	}
	var format []byte
	for rest := file[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		if rest = rest[8:]; size > len(rest) {
			return WAV{}, fmt.Errorf("%w: chunk %q of %d bytes, %d are left", errNoWAV, id, size, len(rest))
		}
		switch id {
		case "fmt ":
			format = rest[:size]
		case "data":
			return decode(format, rest[:size])
		}
		rest = rest[min(size+size%2, len(rest)):]
	}
	return WAV{}, fmt.Errorf("%w: no data", errNoWAV)
}

// decode takes the samples of all channels apart.
func decode(format, data []byte) (WAV, error) {
	if len(format) < 16 || binary.LittleEndian.Uint16(format) != 1 || binary.LittleEndian.Uint16(format[14:]) != 16 {
		return WAV{}, fmt.Errorf("%w: format %x", errNoWAV, format)
	}
	count := int(binary.LittleEndian.Uint16(format[2:]))
	if count == 0 || len(data)%(2*count) != 0 {
		return WAV{}, fmt.Errorf("%w: %d bytes for %d channels", errNoWAV, len(data), count)
	}
	wav := WAV{Rate: int(binary.LittleEndian.Uint32(format[4:])), Channels: make([][]int16, count)}
	for i := 0; i < len(data); i += 2 {
		c := i / 2 % count
		wav.Channels[c] = append(wav.Channels[c], int16(binary.LittleEndian.Uint16(data[i:])))
	}
	return wav, nil
}
