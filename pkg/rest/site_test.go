package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/journal"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/rest/resttest"
)

const (
	someID  = "01k9z8x7w6v5t4s3r2q1p0n9m8"
	otherID = "01k9z8x7w6v5t4s3r2q1p0n9m9"
)

// The fake imitates this.
var _ Service = (*recording.Service)(nil)

var began = time.Date(2026, 11, 23, 7, 17, 2, 694e6, time.UTC)

func someRecording(state recording.State) *recording.Recording {
	r := &recording.Recording{
		ID: someID, Seq: 7, State: state, Tag: "22", Node: "default", UniqueID: "1795418220.0", LinkedID: "1795418220.0",
		Channel: "PJSIP/410-00000002", Extension: "410", Caller: channels.Party{Name: "Ann", Number: "410"},
		Connected: channels.Party{Number: "+4930123456"}, StartedBy: "crm", CreatedAt: began, StartedAt: began,
		Format: recording.FormatWAV,
	}
	if state == recording.Available {
		r.EndedAt, r.CallEndedAt = began.Add(time.Minute), began.Add(time.Minute)
		r.Audio = &recording.Audio{
			Key: "key", Duration: time.Minute, Size: int64(len(audioBytes)), SHA256: strings.Repeat("0a", 32), Channels: 1, SampleRate: 8000,
		}
	}
	return r
}

// audioBytes stand for a stored file.
var audioBytes = bytes.Repeat([]byte("RIFF0123456789abcdef"), 50)

// site is a running door.
type site struct {
	*httptest.Server
	t         *testing.T
	log       *lines
	validator *resttest.Validator
}

// line writes a request's line as the server does.
func (l *lines) line(c echo.Context, next echo.HandlerFunc) error {
	asked := &journal.Request{ID: "REQUEST"}
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

// router hangs routes on echo and keeps their scopes.
type router struct {
	*echo.Echo
	scopes map[string][]access.Scope
}

func newRouter() *router { return &router{echo.New(), map[string][]access.Scope{}} }

// Handle is Router's.
func (r *router) Handle(method, path string, h echo.HandlerFunc, anyOf ...access.Scope) {
	r.scopes[method+" "+path] = anyOf
	r.Add(method, path, h)
}

func serve(t *testing.T, f *fake, o Options) *site {
	t.Helper()
	if f.audio == "" {
		f.audio = filepath.Join(t.TempDir(), "audio.wav")
		require.NoError(t, os.WriteFile(f.audio, audioBytes, 0o600))
	}
	return open(t, f, o)
}

func open(t *testing.T, service Service, o Options) *site {
	t.Helper()
	log := &lines{}
	o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Actor == nil {
		o.Actor = func(echo.Context) recording.Actor { return someActor }
	}
	r := newRouter()
	r.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderXRequestID, "REQUEST")
			return log.line(c, next)
		}
	})
	Register(r, service, o)
	validator, err := theValidator()
	require.NoError(t, err)
	s := &site{Server: httptest.NewServer(r), t: t, log: log, validator: validator}
	t.Cleanup(s.Close)
	return s
}

// theValidator is all sites', since it takes most of a second to read the document.
var theValidator = sync.OnceValues(func() (*resttest.Validator, error) { return resttest.New(nil) })

var someActor = recording.Actor{Name: "crm", Address: "192.0.2.10", RequestID: "REQUEST"}

// reply is an answer whose body was read.
type reply struct {
	*http.Response
	t    *testing.T
	body string
}

// ask sends a request and holds the exchange against the document; headers are given as name, value, …
func (s *site) ask(method, path, body string, headers ...string) reply {
	s.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, reader)
	require.NoError(s.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header[http.CanonicalHeaderKey(headers[i])] = append([]string{}, strings.Split(headers[i+1], "\n")...)
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	client := &http.Client{Transport: s.validator, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	answer, err := client.Do(req)
	require.NoError(s.t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, answer.Body.Close())
	return reply{answer, s.t, string(text)}
}

func (s *site) get(path string, headers ...string) reply {
	s.t.Helper()
	return s.ask(http.MethodGet, path, "", headers...)
}

// unchecked is get without a look at the document, for what is taken besides.
func (s *site) unchecked(path string) reply {
	s.t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	require.NoError(s.t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, answer.Body.Close())
	return reply{answer, s.t, string(text)}
}

// json reads the body, which must not be kept by anybody.
func (r reply) json() map[string]any {
	r.t.Helper()
	require.Equal(r.t, "no-store", r.Header.Get("Cache-Control"))
	var object map[string]any
	require.NoError(r.t, json.Unmarshal([]byte(r.body), &object), r.body)
	return object
}

// problem reads an error, which must be as the table has it.
func (r reply) problem(code string) map[string]any {
	r.t.Helper()
	p, want := r.json(), api.ProblemOf(code)
	require.Equal(r.t, code, p["code"], r.body)
	require.Equal(r.t, "application/problem+json", r.Header.Get("Content-Type"))
	require.Equal(r.t, want.Status, r.StatusCode)
	require.EqualValues(r.t, want.Status, p["status"])
	require.Equal(r.t, want.Title, p["title"])
	require.Equal(r.t, "/docs/problems#"+code, p["type"])
	require.Equal(r.t, "REQUEST", p["request_id"])
	require.NotEmpty(r.t, p["detail"])
	require.Equal(r.t, want.Retryable(), r.Header.Get("Retry-After") != "")
	return p
}
