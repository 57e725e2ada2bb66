package rest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

const audioPath = "/v1/recordings/" + someID + "/audio"

func audioSite(t *testing.T) (*fake, *site) {
	f := &fake{recording: someRecording(recording.Available)}
	return f, serve(t, f, Options{})
}

var etag = `"` + strings.Repeat("0a", 32) + `"`

func TestAudio(t *testing.T) {
	f, s := audioSite(t)
	whole := s.get(audioPath + "?username=fred")
	require.Equal(t, http.StatusOK, whole.StatusCode)
	require.Equal(t, string(audioBytes), whole.body)
	require.Equal(t, []any{recording.PlayRequest{ID: someID, Username: "fred", By: someActor}}, f.asked)
	head := s.ask("HEAD", audioPath, "")
	require.Equal(t, http.StatusOK, head.StatusCode)
	require.Empty(t, head.body)
	require.Equal(t, []any{recording.PlayRequest{ID: someID, By: someActor}}, f.asked)
	for name, want := range map[string]string{
		"Content-Type": "audio/wav", "Content-Length": "1000", "ETag": etag, "Accept-Ranges": "bytes",
		"Last-Modified": "Mon, 23 Nov 2026 07:18:02 GMT", "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
		"Content-Disposition": `attachment; filename="22-` + someID + `.wav"`,
	} {
		require.Equal(t, want, whole.Header.Get(name), name)
		require.Equal(t, want, head.Header.Get(name), name)
	}
}

func TestRanges(t *testing.T) {
	_, s := audioSite(t)
	for wish, want := range map[string]struct{ span, body string }{
		"bytes=0-3":      {"bytes 0-3/1000", "RIFF"},
		"bytes=4-7":      {"bytes 4-7/1000", "0123"},
		"bytes=996-":     {"bytes 996-999/1000", "cdef"},
		"bytes=996-2000": {"bytes 996-999/1000", "cdef"},
		"bytes=-2":       {"bytes 998-999/1000", "ef"},
		"bytes=-2000":    {"bytes 0-999/1000", string(audioBytes)},
	} {
		for _, more := range [][]string{nil, {"If-Range", etag}} {
			r := s.get(audioPath, append([]string{"Range", wish}, more...)...)
			require.Equal(t, http.StatusPartialContent, r.StatusCode, wish)
			require.Equal(t, want.span, r.Header.Get("Content-Range"))
			require.Equal(t, want.body, r.body)
			require.Equal(t, etag, r.Header.Get("ETag"))
		}
		require.Equal(t, want.body, s.get(audioPath, "Range", strings.ToUpper(wish)).body)
	}
}

// The whole file is what RFC 9110 has for wishes that are not granted.
func TestRangesThatDoNotCount(t *testing.T) {
	f, s := audioSite(t)
	for _, wish := range []string{"items=0-3", "bytes", "bytes=0-1,4-5"} {
		require.Equal(t, string(audioBytes), s.get(audioPath, "Range", wish).body)
		require.Equal(t, []any{recording.PlayRequest{ID: someID, By: someActor}}, f.asked, "in the trail as what it is")
	}
	for _, wish := range []string{"bytes=0-3", "bytes=1000-", "bytes=x"} {
		head := s.ask("HEAD", audioPath, "", "Range", wish)
		require.Equal(t, http.StatusOK, head.StatusCode)
		require.Equal(t, "1000", head.Header.Get("Content-Length"))
		require.Equal(t, []any{recording.PlayRequest{ID: someID, By: someActor}}, f.asked)
	}
	for _, headers := range [][]string{
		{"Range", "bytes=-0", "If-Range", `"other"`}, {"Range", "bytes=0-1,4-5"}, {"Range", "bytes=" + strings.Repeat("0-1,", 5000) + "0-1"},
		{"Range", "bytes=0-3", "If-Range", `"other"`}, {"Range", "bytes=0-3", "If-Range", "W/" + etag},
	} {
		r := s.get(audioPath, headers...)
		require.Equal(t, http.StatusOK, r.StatusCode)
		require.Equal(t, string(audioBytes), r.body)
	}
}

func TestRangesOutOfBounds(t *testing.T) {
	_, s := audioSite(t)
	for _, wish := range []string{"bytes=1000-", "bytes=5000-6000", "bytes=5-4", "bytes=x", "bytes=-0", "bytes=-00", "bytes=99999999999999999999-"} {
		r := s.get(audioPath, "Range", wish)
		require.Contains(t, r.problem("range_not_satisfiable")["detail"], "1000 bytes", wish)
		require.Equal(t, "bytes */1000", r.Header.Get("Content-Range"), wish)
		for _, name := range []string{"Content-Disposition", "ETag", "Last-Modified"} {
			require.Empty(t, r.Header.Get(name))
		}
	}
}

func TestConditions(t *testing.T) {
	_, s := audioSite(t)
	for _, method := range []string{"GET", "HEAD"} {
		for _, headers := range [][]string{
			{"If-None-Match", etag}, {"If-None-Match", `"x", ` + etag}, {"If-None-Match", "*"},
			{"If-Modified-Since", "Mon, 23 Nov 2026 07:18:02 GMT"}, {"If-None-Match", etag, "Range", "bytes=0-3"},
		} {
			r := s.ask(method, audioPath, "", headers...)
			require.Equal(t, http.StatusNotModified, r.StatusCode, headers)
			require.Empty(t, r.body)
			require.Equal(t, etag, r.Header.Get("ETag"))
			require.Empty(t, r.Header.Get("Content-Type"))
		}
	}
	require.Equal(t, http.StatusOK, s.get(audioPath, "If-None-Match", `"other"`).StatusCode)
	require.Equal(t, http.StatusOK, s.get(audioPath, "If-Match", etag).StatusCode)
	s.get(audioPath, "If-Match", `"other"`).problem("precondition_failed")
	s.get(audioPath, "If-Unmodified-Since", "Mon, 23 Nov 2026 07:18:01 GMT").problem("precondition_failed")
}

// short is a file that loses its end while it is being sent.
type short struct{ *bytes.Reader }

func (s *short) Read(p []byte) (int, error) {
	if s.Len() <= 600 {
		return 0, io.EOF
	}
	return s.Reader.Read(p[:min(len(p), 100)])
}

func (s *short) Close() error { return nil }

// Nothing can be told to the client any more but that it got less than was promised.
func TestAFileThatEndsEarly(t *testing.T) {
	f, s := audioSite(t)
	f.stream = &short{bytes.NewReader(audioBytes)}
	answer, err := s.Client().Get(s.URL + audioPath)
	require.NoError(t, err)
	_, err = io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, answer.Body.Close())
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), "ends early") }, 5*time.Second, 5*time.Millisecond)
	require.Contains(t, s.log.String(), "recording="+someID)
}

func TestAudioThatMayNotBeHeard(t *testing.T) {
	f, s := audioSite(t)
	for _, code := range []recording.Code{
		recording.CodeNoRecording, recording.CodePrivate, recording.CodeUserDenied, recording.CodeDeleted, recording.CodeFailed,
		recording.CodeInProgress, recording.CodeNotStored, recording.CodeStorage, recording.CodeDatabase,
	} {
		f.err = &recording.Error{Code: code, Detail: "no", RecordingID: someID}
		r := s.get(audioPath)
		require.Equal(t, someID, r.problem(string(code))["recording_id"])
		require.Empty(t, r.Header.Get("ETag"))
	}
	f.asked = nil
	s.get(audioPath + "?username=").problem("invalid")
	require.Empty(t, f.asked)
}

func TestFileNames(t *testing.T) {
	for tag, want := range map[string]string{
		"22":             `attachment; filename="22-ID.wav"`,
		"a b":            `attachment; filename="a b-ID.wav"`,
		`"; x=../../etc`: `attachment; filename="__ x_.._.._etc-ID.wav"; filename*=UTF-8''_%3B%20x%3D.._.._etc-ID.wav`,
		".hidden":        `attachment; filename="_hidden-ID.wav"`,
		"Jürgen":         `attachment; filename="J_rgen-ID.wav"; filename*=UTF-8''J%C3%BCrgen-ID.wav`,
		"a\u202egnp":     `attachment; filename="a_gnp-ID.wav"`,
		`C:\con%0d`:      `attachment; filename="C__con_0d-ID.wav"; filename*=UTF-8''C__con%250d-ID.wav`,
		strings.Repeat("ä", 255): `attachment; filename="` + strings.Repeat("_", 40) + `-ID.wav"; filename*=UTF-8''` +
			strings.Repeat("%C3%A4", 40) + "-ID.wav",
	} {
		require.Equal(t, want, disposition(&recording.Recording{ID: "ID", Tag: tag}))
	}
}

// fast is a connection that can take a file as a whole, as that of net/http does.
type fast struct {
	*httptest.ResponseRecorder
	took []io.Reader
}

// ReadFrom is io.ReaderFrom's.
func (f *fast) ReadFrom(r io.Reader) (int64, error) {
	f.took = append(f.took, r)
	return io.Copy(f.ResponseRecorder, r)
}

// What the kernel can send by itself must reach the connection as a file: anything that wraps it costs a copy.
func TestTheFileItselfIsHandedToTheConnection(t *testing.T) {
	f := &fake{recording: someRecording(recording.Available), audio: filepath.Join(t.TempDir(), "audio.wav")}
	require.NoError(t, os.WriteFile(f.audio, audioBytes, 0o600))
	r := newRouter()
	Register(r, f, Options{})
	var sent int64
	r.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			defer func() { sent = c.Response().Size }()
			return next(c)
		}
	})
	w := &fast{ResponseRecorder: httptest.NewRecorder()}
	req := httptest.NewRequest(http.MethodGet, audioPath, nil)
	req.Header.Set("Range", "bytes=4-13")
	r.ServeHTTP(w, req)
	require.Equal(t, http.StatusPartialContent, w.Code)
	require.Equal(t, "0123456789", w.Body.String())
	require.EqualValues(t, 10, sent)
	require.Len(t, w.took, 1)
	require.IsType(t, &os.File{}, w.took[0].(*io.LimitedReader).R)

	slow := httptest.NewRecorder()
	r.ServeHTTP(slow, httptest.NewRequest(http.MethodGet, audioPath, nil))
	require.True(t, bytes.Equal(audioBytes, slow.Body.Bytes()))
}
