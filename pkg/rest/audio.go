package rest

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

func (d *door) audio(r *request) error {
	id, err := r.id()
	if err != nil {
		return err
	}
	wish := one(r.Request())
	found, err := d.service.Play(wish.Context(), recording.PlayRequest{
		ID: id, Username: r.query.Get("username"), By: r.by, Part: wish.Header.Get("Range") != "",
	})
	if err != nil {
		return err
	}
	defer func() {
		if err := found.Audio.Close(); err != nil {
			d.Log.WarnContext(wish.Context(), "closing stored audio", "recording", id, "error", err)
		}
	}()
	return d.sendAudio(r, wish, found)
}

// sendAudio leaves Range, If-None-Match, If-Range and HEAD to the standard library, which hands the file to the kernel
// where it can.
func (d *door) sendAudio(r *request, wish *http.Request, found *recording.Retrieved) error {
	header := r.Response().Header()
	header.Set(echo.HeaderContentType, "audio/wav")
	header.Set(echo.HeaderContentDisposition, disposition(found.Recording))
	header.Set(echo.HeaderCacheControl, "private, no-cache") // kept by its listener alone, who asks each time: the trail needs to know
	header.Set("ETag", `"`+found.Recording.Audio.SHA256+`"`)
	out := &sender{Response: r.Response()}
	http.ServeContent(out, wish, "", lastModified(found.Recording), found.Audio)
	switch out.refused {
	case 0:
		d.noteCut(r, found.Recording.ID, out)
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		size := found.Recording.Audio.Size
		header.Set("Content-Range", fmt.Sprintf("bytes */%d", size)) // the library leaves it out where the range is malformed
		return d.unsent(header, api.CodeRange, fmt.Sprintf("the audio has %d bytes; the range lies outside, or is malformed", size))
	case http.StatusPreconditionFailed:
		return d.unsent(header, api.CodePrecondition, "the audio is not the one that the request is about")
	default:
		return fmt.Errorf("the audio of %s could not be sent: status %d", found.Recording.ID, out.refused)
	}
}

// noteCut logs a download that broke off. The client knows by itself: it got less than was promised.
func (d *door) noteCut(r *request, id string, out *sender) {
	promised, err := strconv.ParseInt(out.Header().Get(echo.HeaderContentLength), 10, 64)
	if err != nil || out.Size >= promised || r.Request().Method != http.MethodGet {
		return
	}
	if out.err != nil {
		d.Log.DebugContext(r.Request().Context(), "a download was cut", "recording", id, "error", out.err)
		return
	}
	d.Log.ErrorContext(r.Request().Context(), "a download was cut: the stored audio ends early", "recording", id)
}

// unsent takes back what was said of the audio.
func (d *door) unsent(header http.Header, code, detail string) error {
	for _, name := range []string{"Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges"} {
		header.Del(name)
	}
	return wrong(code, detail)
}

// one is the request with at most one range of bytes, as the library reads it. No range counts but with GET, nor in units
// that nobody knows (RFC 9110, 14.2); several would cost more than the whole file, which is the answer then.
func one(r *http.Request) *http.Request {
	wish := r.Clone(r.Context())
	unit, span, _ := strings.Cut(r.Header.Get("Range"), "=")
	switch {
	case r.Method != http.MethodGet, !strings.EqualFold(unit, "bytes"), span == "", strings.Contains(span, ","):
		wish.Header.Del("Range")
	case lastNone.MatchString(span):
		wish.Header.Set("Range", "bytes="+beyond)
	default:
		wish.Header.Set("Range", "bytes="+span)
	}
	return wish
}

// The last no bytes are a range that no file has, and an empty part to the library; it refuses what begins beyond every end.
var (
	lastNone = regexp.MustCompile(`^\s*-\s*\+?0+\s*$`)
	beyond   = strconv.FormatInt(math.MaxInt64, 10) + "-"
)

// lastModified is when the audio was complete; it never changes afterwards.
func lastModified(r *recording.Recording) time.Time {
	if r.EndedAt.IsZero() {
		return r.CreatedAt
	}
	return r.EndedAt
}

// sender passes a whole file on to the connection, which a plain echo.Response would copy piece by piece, and keeps the
// plain text of errors back so that they can be told as problems.
type sender struct {
	*echo.Response
	refused int   // the status of an error; 0: none
	err     error // what kept the file from being sent to its end
}

// WriteHeader keeps an error's status.
func (s *sender) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		s.refused = status
		return
	}
	s.Response.WriteHeader(status)
}

// Write swallows an error's text.
func (s *sender) Write(b []byte) (int, error) {
	if s.refused != 0 {
		return len(b), nil
	}
	return s.Response.Write(b)
}

// ReadFrom is how io.Copy finds the fast way.
func (s *sender) ReadFrom(file io.Reader) (sent int64, err error) {
	defer func() { s.err = err }()
	fast, can := s.Writer.(io.ReaderFrom)
	if !can || s.refused != 0 {
		return io.Copy(struct{ io.Writer }{s}, file)
	}
	sent, err = fast.ReadFrom(file)
	s.Size += sent
	return sent, err
}
