package legacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/pkg/journal"
	"ari-recorder/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const someID = "01k9z8x7w6v5t4s3r2q1p0n9m8"

// fakeService remembers what it was asked for and answers as a test wants.
type fakeService struct {
	mu       sync.Mutex
	asked    []any
	denied   []recording.AuditEntry
	err      error
	existing bool
	audio    io.ReadSeekCloser
	size     int64 // what was archived
}

func (f *fakeService) note(req any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, req)
}

func (f *fakeService) calls() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *fakeService) Start(_ context.Context, req recording.StartRequest) (*recording.Recording, bool, error) {
	f.note(req)
	if f.err != nil {
		return nil, false, f.err
	}
	return someRecording(req.Tag, recording.Active), !f.existing, nil
}

func (f *fakeService) Stop(_ context.Context, req recording.StopRequest) (*recording.Recording, error) {
	f.note(req)
	if f.err != nil {
		return nil, f.err
	}
	return someRecording("22", recording.Archiving), nil
}

func (f *fakeService) Retrieve(_ context.Context, req recording.RetrieveRequest) (*recording.Retrieved, error) {
	f.note(req)
	if f.err != nil {
		return nil, f.err
	}
	r := someRecording(req.Tag, recording.Available)
	r.Audio = &recording.Audio{Size: f.size}
	return &recording.Retrieved{Recording: r, Count: 3, Audio: f.audio}, nil
}

func (f *fakeService) Denied(_ context.Context, e recording.AuditEntry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.denied = append(f.denied, e)
}

func someRecording(tag string, state recording.State) *recording.Recording {
	return &recording.Recording{
		ID: someID, State: state, Tag: tag, Node: "default", UniqueID: "1795418220.0", Channel: "PJSIP/410-00000002",
		Extension: "410", Format: recording.FormatWAV, StartedAt: time.Date(2026, 11, 23, 7, 17, 2, 694e6, time.UTC),
	}
}

// file is stored audio in memory that knows whether it was closed.
type file struct {
	*bytes.Reader
	closed chan struct{}
}

func newFile(data []byte) *file { return &file{bytes.NewReader(data), make(chan struct{})} }

func (f *file) Close() error {
	close(f.closed)
	return nil
}

// site is a running door.
type site struct {
	*httptest.Server
	t   *testing.T
	log *lines
}

func serve(t *testing.T, service Service, o Options) *site {
	t.Helper()
	log := &lines{}
	o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e := echo.New()
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return log.line(c, next) }
	})
	Register(e.Group(""), service, o)
	s := &site{httptest.NewServer(e), t, log}
	t.Cleanup(s.Close)
	return s
}

// reply is an answer whose body was read.
type reply struct {
	*http.Response
	body string
}

// ask sends a request for the raw query with headers given as name, value, …
func (s *site) ask(method, rawQuery string, headers ...string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+Path, nil)
	require.NoError(s.t, err)
	req.URL.RawQuery = rawQuery
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return s.do(req)
}

func (s *site) get(rawQuery string, headers ...string) reply {
	s.t.Helper()
	return s.ask(http.MethodGet, rawQuery, headers...)
}

// line returns the body, which must be one line of plain text.
func (r reply) line(t *testing.T) string {
	t.Helper()
	require.Equal(t, "text/plain; charset=utf-8", r.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
	require.Equal(t, "no-store", r.Header.Get("Cache-Control"))
	line, ended := strings.CutSuffix(r.body, "\n")
	require.True(t, ended, r.body)
	require.NotContains(t, line, "\n")
	require.NotEmpty(t, line)
	return line
}

// line writes a request's line as the server does.
func (l *lines) line(c echo.Context, next echo.HandlerFunc) error {
	asked := &journal.Request{ID: c.Request().Header.Get("X-Request-Id")}
	ctx := journal.With(c.Request().Context(), asked)
	c.SetRequest(c.Request().WithContext(ctx))
	err := next(c)
	slog.New(slog.NewTextHandler(l, nil)).LogAttrs(ctx, asked.Level(slog.LevelInfo), "request", asked.Attrs(strings.TrimSpace)...)
	return err
}

// lines is a log that several goroutines write to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// from starts a recording as a browser with these headers would; SELF stands for the site's own origin.
func (s *site) from(headers []string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+Path+"?"+startQuery, nil)
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		value := strings.Replace(headers[i+1], "SELF", s.URL, 1)
		if headers[i] == "Host" {
			req.Host = value
		}
		req.Header.Set(headers[i], value)
	}
	return s.do(req)
}

func (s *site) do(req *http.Request) reply {
	s.t.Helper()
	resp, err := s.Client().Do(req)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return reply{resp, string(body)}
}

// endless hands out a silent recording of size bytes as often as it is asked.
type endless struct{ size int64 }

func (e *endless) Start(context.Context, recording.StartRequest) (*recording.Recording, bool, error) {
	return nil, false, errors.ErrUnsupported
}

func (e *endless) Stop(context.Context, recording.StopRequest) (*recording.Recording, error) {
	return nil, errors.ErrUnsupported
}

func (e *endless) Denied(context.Context, recording.AuditEntry) {}

func (e *endless) Retrieve(context.Context, recording.RetrieveRequest) (*recording.Retrieved, error) {
	r := someRecording("22", recording.Available)
	r.Audio = &recording.Audio{Size: e.size}
	return &recording.Retrieved{Recording: r, Count: 1, Audio: &zeros{size: e.size}}, nil
}

// huge posts a body of the length, -1 for one that is not told. What the server does not want to read it need not be sent.
func (s *site) huge(body io.Reader, length int64) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+Path, body)
	require.NoError(s.t, err)
	req.ContentLength = length
	req.Header.Set("Content-Type", "text/xml")
	return s.do(req)
}

// breakOff posts a body that ends before its length, and returns the raw answer.
func (s *site) breakOff(body string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, conn.Close()) }()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", Path, len(body)+1, body)
	require.NoError(s.t, err)
	require.NoError(s.t, conn.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(conn)
	require.NoError(s.t, err)
	return string(answer)
}
