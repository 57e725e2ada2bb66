package httpapi

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a running server whose surroundings a test can change before it asks.
type site struct {
	*Server
	t      testing.TB
	url    string
	client *http.Client
	log    *lines
	ended  chan error
}

func serve(t testing.TB, o Options) *site {
	t.Helper()
	s := &site{t: t, log: &lines{}, ended: make(chan error, 1), client: &http.Client{Transport: &http.Transport{}}}
	o.Log = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Probe.Nodes == nil {
		o.Probe = (&world{}).healthy().probe()
	}
	if o.Gate == nil {
		o.Gate = access.NewGate(access.Options{})
	}
	s.Server = New(o)
	t.Cleanup(s.stop)
	return s
}

// open starts listening, once all routes are there.
func (s *site) open() *site {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	s.url = "http://" + l.Addr().String()
	go func() { s.ended <- s.Start(l) }()
	return s
}

func (s *site) stop() {
	s.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	require.NoError(s.t, s.Shutdown(ctx))
	if s.url != "" {
		require.NoError(s.t, <-s.ended)
		s.url = ""
	}
}

// reply is an answer whose body was read.
type reply struct {
	*http.Response
	body string
}

func (s *site) ask(method, path string, headers ...string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(req)
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return reply{resp, string(body)}
}

func (s *site) get(path string, headers ...string) reply {
	s.t.Helper()
	return s.ask(http.MethodGet, path, headers...)
}

// world is all that health asks.
type world struct {
	nodes    []NodeHealth
	ping     time.Duration
	down     error
	free     uint64
	total    uint64
	diskErr  error
	channels map[string]int
	stats    recording.Stats
	full     bool
	minFree  uint64
	hang     map[string]chan struct{} // what does not answer until its channel is closed
}

func (w *world) healthy() *world {
	*w = world{
		nodes: []NodeHealth{{
			Name: "default", Connected: true, Ready: true, RoundTrip: 412 * time.Microsecond, LastEvent: time.Now(), Lag: time.Millisecond,
		}},
		ping: 221 * time.Microsecond, free: 400 << 30, total: 1000 << 30,
		channels: map[string]int{"default": 14}, stats: recording.Stats{Active: 2, Backlog: 1},
	}
	return w
}

func (w *world) wait(who string) {
	if stuck, ok := w.hang[who]; ok {
		<-stuck
	}
}

func (w *world) probe() Probe {
	return Probe{
		Nodes: func() []NodeHealth {
			w.wait("nodes")
			return w.nodes
		},
		Database: func(context.Context) (time.Duration, error) {
			w.wait("database")
			return w.ping, w.down
		},
		Storage: func(context.Context) (uint64, uint64, error) {
			w.wait("storage")
			return w.free, w.total, w.diskErr
		},
		Channels: func() map[string]int { return w.channels },
		Stats: func() recording.Stats {
			w.wait("figures")
			return w.stats
		},
		Full:    func() bool { return w.full },
		MinFree: w.minFree,
		Cramped: func() bool { return w.free < w.minFree },
	}
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
