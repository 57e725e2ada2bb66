package wav

import (
	"encoding/binary"
	"fmt"
)

const (
	plainFormat      = 16 // length of a fmt chunk in bytes
	extensibleFormat = 40
	extensible       = 0xFFFE // the tag stands in the sub-format
)

// subFormatSuffix is what follows the tag in the GUID of an extensible format's sub-format.
const subFormatSuffix = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// format reads the fmt chunk c. Its size is read as far as it is known, whatever it says of itself.
func (f file) format(c chunk) (Info, error) {
	if c.size < plainFormat {
		return Info{}, fmt.Errorf("%w: fmt chunk of %d bytes", ErrUnsupported, c.size)
	}
	var buf [extensibleFormat]byte
	b := buf[:min(c.size, extensibleFormat)]
	if err := f.read(b, c.offset); err != nil {
		return Info{}, fmt.Errorf("fmt chunk: %w", err)
	}
	tag := binary.LittleEndian.Uint16(b)
	if tag == extensible && len(b) == extensibleFormat && string(b[26:]) == subFormatSuffix {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	info := Info{
		Format:        int(tag),
		Channels:      int(binary.LittleEndian.Uint16(b[2:])),
		SampleRate:    int(binary.LittleEndian.Uint32(b[4:])),
		BitsPerSample: int(binary.LittleEndian.Uint16(b[14:])),
	}
	blockAlign := int64(binary.LittleEndian.Uint16(b[12:]))
	return info, info.check(blockAlign)
}

// check refuses what cannot be measured. What passes has frames of at least one byte and a rate of at least 1.
func (i Info) check(blockAlign int64) error {
	switch {
	case i.Format != PCM:
		return fmt.Errorf("%w: format %#x is not PCM", ErrUnsupported, i.Format)
	case i.Channels == 0 || i.SampleRate == 0:
		return fmt.Errorf("%w: %d channels at %d Hz", ErrUnsupported, i.Channels, i.SampleRate)
	case i.BitsPerSample%8 != 0 || i.BitsPerSample < 8 || i.BitsPerSample > 32:
		return fmt.Errorf("%w: %d bits in a sample", ErrUnsupported, i.BitsPerSample)
	case blockAlign != i.frameBytes():
		return fmt.Errorf("%w: %d bytes in a frame of %d channels with %d bits", ErrUnsupported, blockAlign, i.Channels, i.BitsPerSample)
	}
	return nil
}
