package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	riffHeader  = 12 // RIFF, size, WAVE
	chunkHeader = 8  // id, size
	maxChunks   = 1024
)

// Inspect reads the header of a file of size bytes and measures its audio.
//
// The data chunk's own size counts only if it is possible and leads to further chunks that end where the file ends;
// if it is 0, 0xFFFFFFFF, larger than the file or smaller than what is there, everything up to the end of the file is
// audio. A last frame of which bytes are missing is dropped, and so are chunks behind it. A file without samples is no
// error.
//
// Errors are ErrNotWAV, ErrTruncated, ErrUnsupported, ErrTooLarge, or those of r, wrapped.
func Inspect(r io.ReaderAt, size int64) (Info, error) {
	if size > math.MaxUint32 {
		return Info{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, size)
	}
	f := file{r, size}
	riffSize, err := f.riff()
	if err != nil {
		return Info{}, err
	}
	info, err := f.header()
	if err != nil {
		return Info{}, err
	}
	info.riffSize = riffSize
	info.DataBytes, info.tail, err = f.extent(info)
	if err != nil {
		return Info{}, err
	}
	return info.measured(size), nil
}

// file is what is being read. Every offset is checked against size before it is used.
type file struct {
	r    io.ReaderAt
	size int64
}

// read fills b from offset. A file that is shorter than was said is ErrTruncated.
func (f file) read(b []byte, offset int64) error {
	if int64(len(b)) > f.size-offset {
		return ErrTruncated
	}
	n, err := f.r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends before byte %d", ErrTruncated, offset+int64(len(b)))
	default:
		return fmt.Errorf("reading WAV header: %w", err)
	}
}

// riff checks the first twelve bytes and returns the size that they hold.
func (f file) riff() (uint32, error) {
	if f.size < riffHeader {
		return 0, fmt.Errorf("%w: it has %d bytes", ErrNotWAV, f.size)
	}
	var b [riffHeader]byte
	if err := f.read(b[:], 0); err != nil {
		return 0, err
	}
	switch id := string(b[:4]); {
	case string(b[8:]) != "WAVE":
		return 0, ErrNotWAV
	case id == "RF64" || id == "BW64" || id == "RIFX":
		return 0, fmt.Errorf("%w: %s", ErrUnsupported, id)
	case id != "RIFF":
		return 0, ErrNotWAV
	}
	return binary.LittleEndian.Uint32(b[4:]), nil
}

// chunk is a chunk's header. Its body, of size bytes if the header is right, lies at offset.
type chunk struct {
	id     string
	size   uint32
	offset int64
}

// next is where the following chunk begins: bodies of odd length are padded.
func (c chunk) next() int64 { return c.offset + int64(c.size) + int64(c.size&1) }

func (f file) chunk(offset int64) (chunk, error) {
	var b [chunkHeader]byte
	if err := f.read(b[:], offset); err != nil {
		return chunk{}, err
	}
	return chunk{string(b[:4]), binary.LittleEndian.Uint32(b[4:]), offset + chunkHeader}, nil
}

// header goes through the chunks up to the samples and returns their format and place.
func (f file) header() (Info, error) {
	var info Info
	offset := int64(riffHeader)
	for range maxChunks {
		c, err := f.chunk(offset)
		if errors.Is(err, ErrTruncated) {
			return Info{}, fmt.Errorf("%w: no data chunk", ErrTruncated)
		}
		if err != nil {
			return Info{}, err
		}
		switch {
		case c.id == "fmt " && info.Format == 0:
			if info, err = f.format(c); err != nil {
				return Info{}, err
			}
		case c.id == "data" && info.Format == 0:
			return Info{}, fmt.Errorf("%w: no fmt chunk before the data", ErrTruncated)
		case c.id == "data":
			info.DataOffset, info.dataSize = c.offset, c.size
			return info, nil
		}
		offset = c.next()
	}
	return Info{}, fmt.Errorf("%w: more than %d chunks", ErrUnsupported, maxChunks)
}

// extent returns the length of the samples, in whole frames, and of the chunks behind them.
func (f file) extent(i Info) (data, tail int64, err error) {
	declared := chunk{size: i.dataSize, offset: i.DataOffset}
	// Sizes of 0 that were never filled in look like an empty chunk: then the file's own size must be right.
	filledIn := i.dataSize != 0 || int64(i.riffSize) == f.size-8
	data = f.size - i.DataOffset
	if filledIn && int64(i.dataSize) <= data {
		found, err := f.chunksReachEnd(declared.next())
		if err != nil {
			return 0, 0, err
		}
		if found {
			data, tail = int64(i.dataSize), max(0, f.size-declared.next())
		}
	}
	if cut := data % i.frameBytes(); cut != 0 {
		return data - cut, 0, nil // chunks behind a cut frame would have to move: they go with it
	}
	return data, tail, nil
}

// chunksReachEnd tells whether what begins at offset is nothing, or a chain of chunks that ends with the file.
// Samples do not look like that: four printable characters, then a length that fits to the byte.
func (f file) chunksReachEnd(offset int64) (bool, error) {
	for range maxChunks {
		if offset >= f.size { // beyond it if the last chunk's padding is missing
			return true, nil
		}
		c, err := f.chunk(offset)
		if errors.Is(err, ErrTruncated) {
			return false, nil
		}
		if err != nil || !printable(c.id) || c.offset+int64(c.size) > f.size {
			return false, err
		}
		offset = c.next()
	}
	return false, nil
}

func printable(id string) bool {
	for _, b := range []byte(id) {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}
