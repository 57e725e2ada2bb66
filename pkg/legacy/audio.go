package legacy

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"sync"
	"syscall"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/recording"
)

// plainSize is how much audio is read at once: a multiple of three, so that only the last piece of BASE64 is padded.
const plainSize = 48 << 10

// buffers are what one download needs, however long the recording is.
type buffers struct {
	plain [plainSize]byte
	coded [plainSize / 3 * 4]byte
}

var pool = sync.Pool{New: func() any { return new(buffers) }}

// sendAudio sends the file, as it is or in BASE64, and closes it.
func (d *door) sendAudio(c echo.Context, m *method, found *recording.Retrieved, f form) error {
	defer d.close(c.Request().Context(), found)
	size := found.Recording.Audio.Size
	p := packagingOf(m, found, f)
	header := c.Response().Header()
	header.Set("X-Recording-Count", strconv.Itoa(found.Count))
	header.Set(echo.HeaderContentType, p.contentType)
	header.Set(echo.HeaderContentLength, strconv.FormatInt(p.length(size), 10))
	if p.disposition != "" {
		header.Set(echo.HeaderContentDisposition, p.disposition)
	}
	c.Response().WriteHeader(http.StatusOK)
	return d.stream(c, found, size, p)
}

// packaging is what goes around audio in an answer.
type packaging struct {
	contentType   string
	disposition   string
	before, after string
	coded         bool // in BASE64
}

func packagingOf(m *method, found *recording.Retrieved, f form) packaging {
	switch f.as {
	case asSOAP:
		before, after := f.wrap(m)
		return packaging{contentType: f.version.contentType, before: before, after: after, coded: true}
	case asWAV:
		return packaging{contentType: "audio/wav", disposition: fmt.Sprintf(`attachment; filename="%s.wav"`, found.Recording.ID)}
	default:
		return packaging{contentType: echo.MIMETextPlain, coded: true}
	}
}

// length is that of the whole body around size bytes of audio.
func (p packaging) length(size int64) int64 {
	if p.coded {
		size = (size + 2) / 3 * 4
	}
	return int64(len(p.before)) + size + int64(len(p.after))
}

// stream sends the body. Once it has begun nothing can be told to the client but by sending less than was promised: then
// the server closes the connection and the client sees that the download is incomplete.
func (d *door) stream(c echo.Context, found *recording.Retrieved, size int64, p packaging) error {
	var err error
	if p.coded {
		err = p.send(c.Response(), found.Audio, size)
	} else {
		err = handOver(c.Response(), found.Audio, size)
	}
	var broken *readError
	switch {
	case errors.As(err, &broken):
		d.Log.ErrorContext(c.Request().Context(), "a download was cut: the stored audio cannot be read", "recording", found.Recording.ID, "error", err)
	case err != nil:
		d.Log.DebugContext(c.Request().Context(), "the client went away during a download", "recording", found.Recording.ID, "error", err)
	}
	return nil
}

func (p packaging) send(w io.Writer, audio io.Reader, size int64) error {
	if _, err := io.WriteString(w, p.before); err != nil {
		return err
	}
	if err := transmit(w, audio, size); err != nil {
		return err
	}
	_, err := io.WriteString(w, p.after)
	return err
}

// handOver sends the audio as it is. The connection takes a file from the disk without its passing through this process, if it is asked itself:
// echo's response has no way to. It returns a *readError where the audio is to blame.
func handOver(to *echo.Response, audio io.Reader, size int64) error {
	sent, err := io.Copy(to.Writer, &io.LimitedReader{R: audio, N: size})
	to.Size += sent
	var file *fs.PathError
	switch {
	case errors.As(err, &file), errors.Is(err, syscall.EIO):
		return &readError{err}
	case err == nil && sent < size:
		return &readError{fmt.Errorf("%d bytes before the end: %w", size-sent, io.ErrUnexpectedEOF)}
	}
	return err
}

func (d *door) close(ctx context.Context, found *recording.Retrieved) {
	if err := found.Audio.Close(); err != nil {
		d.Log.WarnContext(ctx, "closing stored audio", "recording", found.Recording.ID, "error", err)
	}
}

// readError tells a file that cannot be read from a client that cannot be written to.
type readError struct{ error }

// Unwrap returns the cause.
func (e *readError) Unwrap() error { return e.error }

// transmit copies exactly size bytes from r to w in BASE64 (RFC 4648, padded, without line breaks). It returns a *readError
// where r is to blame. base64.NewEncoder would write 1 KiB at a time.
func transmit(w io.Writer, r io.Reader, size int64) error {
	b := pool.Get().(*buffers)
	defer pool.Put(b)
	for left := size; left > 0; {
		n, err := io.ReadFull(r, b.plain[:min(left, plainSize)])
		if err != nil {
			return &readError{fmt.Errorf("%d bytes before the end: %w", left-int64(n), err)}
		}
		out := b.coded[:base64.StdEncoding.EncodedLen(n)]
		base64.StdEncoding.Encode(out, b.plain[:n])
		if _, err := w.Write(out); err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}
