package rest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/rest/resttest"
)

const (
	someID  = "01k9z8x7w6v5t4s3r2q1p0n9m8"
	otherID = "01k9z8x7w6v5t4s3r2q1p0n9m9"
)

// fake is a service that answers what it is told to, and keeps what it was asked for.
type fake struct {
	err        error
	recording  *recording.Recording
	created    bool
	recordings []*recording.Recording
	events     []recording.Event
	calls      []recording.CallRecord
	live       []recording.LiveCall
	resolution channels.Resolution
	entries    []recording.AuditEntry
	audio      string // path of the file that is handed out, if there is no
	stream     io.ReadSeekCloser

	asked  []any // what the methods were called with
	denied []recording.AuditEntry
}

func (f *fake) one(asked ...any) (*recording.Recording, error) {
	f.asked = asked
	if f.err != nil {
		return nil, f.err
	}
	return f.recording, nil
}

func (f *fake) Start(_ context.Context, req recording.StartRequest) (*recording.Recording, bool, error) {
	r, err := f.one(req)
	return r, f.created, err
}

func (f *fake) Get(_ context.Context, id string) (*recording.Recording, error) { return f.one(id) }

func (f *fake) Amend(_ context.Context, a recording.Amendment) (*recording.Recording, error) {
	return f.one(a)
}

func (f *fake) End(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("end", c)
}

func (f *fake) Pause(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("pause", c)
}

func (f *fake) Resume(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("resume", c)
}

func (f *fake) Restore(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("restore", c)
}

func (f *fake) Delete(_ context.Context, c recording.Control) error {
	_, err := f.one("delete", c)
	return err
}

func (f *fake) Erase(_ context.Context, c recording.Control) error {
	_, err := f.one("erase", c)
	return err
}

func (f *fake) Play(_ context.Context, req recording.PlayRequest) (*recording.Retrieved, error) {
	r, err := f.one(req)
	if err != nil {
		return nil, err
	}
	if f.stream != nil {
		return &recording.Retrieved{Recording: r, Count: 1, Audio: f.stream}, nil
	}
	file, err := os.Open(f.audio)
	return &recording.Retrieved{Recording: r, Count: 1, Audio: file}, err
}

func (f *fake) Timeline(_ context.Context, id string) ([]recording.Event, error) {
	_, err := f.one(id)
	return f.events, err
}

func (f *fake) List(_ context.Context, filter recording.Filter, p recording.Page) ([]*recording.Recording, error) {
	_, err := f.one(filter, p)
	return turn(f.recordings, p, recordingList.position), err
}

func (f *fake) CallRecords(_ context.Context, filter recording.CallFilter, p recording.Page) ([]recording.CallRecord, error) {
	_, err := f.one(filter, p)
	return turn(f.calls, p, callList.position), err
}

func (f *fake) AuditTrail(_ context.Context, filter recording.AuditFilter, p recording.Page) ([]recording.AuditEntry, error) {
	_, err := f.one(filter, p)
	return turn(f.entries, p, auditList.position), err
}

// turn cuts a page out of a list that is newest first, as a store does.
func turn[T any](all []T, p recording.Page, position func(T) recording.Position) []T {
	from := 0
	if p.After != (recording.Position{}) {
		from = slices.IndexFunc(all, func(entry T) bool {
			at := position(entry)
			return cmp.Or(at.At.Compare(p.After.At), cmp.Compare(at.Seq, p.After.Seq)) < 0
		})
	}
	if from < 0 {
		return nil
	}
	return all[from:min(from+p.Limit, len(all))]
}

func (f *fake) CallRecord(_ context.Context, node, uniqueID string) (*recording.CallRecord, error) {
	if _, err := f.one(node, uniqueID); err != nil {
		return nil, err
	}
	return &f.calls[0], nil
}

func (f *fake) LiveCalls(_ context.Context, node string) ([]recording.LiveCall, error) {
	_, err := f.one(node)
	return f.live, err
}

func (f *fake) LiveCall(_ context.Context, node, uniqueID string) (*recording.LiveCall, error) {
	if _, err := f.one(node, uniqueID); err != nil {
		return nil, err
	}
	return &f.live[0], nil
}

func (f *fake) Resolve(_ context.Context, q channels.Query) (channels.Resolution, error) {
	_, err := f.one(q)
	return f.resolution, err
}

func (f *fake) Denied(_ context.Context, e recording.AuditEntry) { f.denied = append(f.denied, e) }

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
	log := &lines{}
	o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Actor == nil {
		o.Actor = func(echo.Context) recording.Actor { return someActor }
	}
	r := newRouter()
	r.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderXRequestID, "REQUEST")
			return next(c)
		}
	})
	Register(r, f, o)
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
