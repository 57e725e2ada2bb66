package wav

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

const riffSizeAt = 4

// sizes returns the two numbers of a right header: the length of the file behind them, and of the samples.
func (i Info) sizes() (riff, data [4]byte) {
	binary.LittleEndian.PutUint32(riff[:], uint32(i.Size()-8))
	binary.LittleEndian.PutUint32(data[:], uint32(i.DataBytes))
	return riff, data
}

// Reader yields the repaired file, Size bytes long, from the file that was inspected: its own header with the right
// sizes, the samples, the padding that odd lengths need, and chunks behind them. A file that needs no repair comes
// out as it is.
func (i Info) Reader(r io.ReaderAt) io.Reader {
	if !i.NeedsRepair {
		return io.NewSectionReader(r, 0, i.Size())
	}
	riff, data := i.sizes()
	part := func(from, to int64) io.Reader { return io.NewSectionReader(r, from, to-from) }
	dataEnd := i.DataOffset + i.DataBytes
	return io.MultiReader(
		part(0, riffSizeAt), bytes.NewReader(riff[:]),
		part(riffSizeAt+4, i.DataOffset-4), bytes.NewReader(data[:]),
		part(i.DataOffset, dataEnd), bytes.NewReader(make([]byte, i.padding())),
		part(dataEnd+i.padding(), i.Size()),
	)
}

// File is what Fix needs; *os.File is one.
type File interface {
	io.WriterAt
	Truncate(size int64) error
}

// Fix repairs the inspected file in place: it writes the right sizes and brings the file to Size bytes. It does
// nothing if NeedsRepair is not set, and may be repeated after it was cut short.
func (i Info) Fix(f File) error {
	if !i.NeedsRepair {
		return nil
	}
	// In this order the file can be inspected and fixed again after each step: a right RIFF size in front of a data
	// size of 0 would say that there are no samples.
	riff, data := i.sizes()
	for _, change := range []struct {
		bytes []byte
		at    int64
	}{
		{data[:], i.DataOffset - 4},
		{riff[:], riffSizeAt},
		{make([]byte, i.padding()), i.DataOffset + i.DataBytes},
	} {
		if _, err := f.WriteAt(change.bytes, change.at); err != nil {
			return fmt.Errorf("repairing WAV file: %w", err)
		}
	}
	if err := f.Truncate(i.Size()); err != nil {
		return fmt.Errorf("repairing WAV file: %w", err)
	}
	return nil
}

// Header returns the 44 bytes that Asterisk puts in front of DataBytes bytes of samples of i's channels, rate and
// bits; nothing else of i is looked at. With DataBytes 0 it is the header of an empty file.
func (i Info) Header() []byte {
	b := make([]byte, 0, 44)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+i.DataBytes+i.padding()))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, plainFormat)
	b = binary.LittleEndian.AppendUint16(b, PCM)
	b = binary.LittleEndian.AppendUint16(b, uint16(i.Channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(i.SampleRate))
	b = binary.LittleEndian.AppendUint32(b, uint32(int64(i.SampleRate)*i.frameBytes()))
	b = binary.LittleEndian.AppendUint16(b, uint16(i.frameBytes()))
	b = binary.LittleEndian.AppendUint16(b, uint16(i.BitsPerSample))
	b = append(b, "data"...)
	return binary.LittleEndian.AppendUint32(b, uint32(i.DataBytes))
}
