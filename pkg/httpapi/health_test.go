package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type answered struct {
	Status  string
	Version string
	Checks  map[string][]struct {
		ComponentID    string
		ComponentType  string
		ObservedValue  *float64
		ObservedUnit   string
		LastEventAgeMS *int64
		Status         string
		Time           time.Time
		Output         string
	}
}

func (s *site) health() (int, answered) {
	s.t.Helper()
	r := s.get("/health")
	require.Equal(s.t, "application/health+json", r.Header.Get("Content-Type"))
	require.Equal(s.t, "no-store", r.Header.Get("Cache-Control"))
	var doc answered
	require.NoError(s.t, json.Unmarshal([]byte(r.body), &doc))
	return r.StatusCode, doc
}

func TestHealthTellsEverythingWhileAllIsWell(t *testing.T) {
	code, doc := serve(t, Options{Version: "1.2.3"}).open().health()
	require.Equal(t, 200, code)
	require.Equal(t, "pass", doc.Status)
	require.Equal(t, "1.2.3", doc.Version)
	for name, want := range map[string]float64{
		"asterisk:connectivity": 0.412, "database:responseTime": 0.221, "storage:free": 400 << 30, "channels:live": 14,
		"recordings:active": 2, "archive:backlog": 1, "events:lag": 1,
	} {
		require.Len(t, doc.Checks[name], 1, name)
		check := doc.Checks[name][0]
		require.InDelta(t, want, *check.ObservedValue, 1e-9, name)
		require.NotEmpty(t, check.ObservedUnit, name)
		require.NotEmpty(t, check.ComponentType, name)
		require.Equal(t, "pass", check.Status, name)
		require.Empty(t, check.Output, name)
		require.WithinDuration(t, time.Now(), check.Time, time.Minute, name)
	}
	require.Positive(t, *doc.Checks["uptime"][0].ObservedValue)
	require.Equal(t, "default", doc.Checks["asterisk:connectivity"][0].ComponentID)
	require.GreaterOrEqual(t, *doc.Checks["asterisk:connectivity"][0].LastEventAgeMS, int64(0))
}

func TestHealthTellsWhatIsWrong(t *testing.T) {
	second := func(connected, ready bool) NodeHealth {
		return NodeHealth{Name: "south", Connected: connected, Ready: ready}
	}
	for _, c := range []struct {
		why    string
		change func(*world)
		status string
		check  string
		entry  int
		own    string // the entry's status
		output string
	}{
		{"the only node is away", func(w *world) { w.nodes = []NodeHealth{{Name: "n", Fault: "connection refused"}} }, "fail", "asterisk:connectivity", 0, "fail", "connection refused"},
		{"the only node lists its calls", func(w *world) { w.nodes[0].Ready = false }, "fail", "asterisk:connectivity", 0, "fail", "Asterisk's calls are being listed"},
		{"one of two is away", func(w *world) { w.nodes = append(w.nodes, second(false, false)) }, "warn", "asterisk:connectivity", 1, "fail", "Asterisk cannot be reached"},
		{"both are away", func(w *world) { w.nodes = []NodeHealth{second(false, false), second(true, false)} }, "fail", "asterisk:connectivity", 1, "fail", "Asterisk's calls are being listed"},
		{"a fault that leaves it working", func(w *world) { w.nodes[0].Fault = "another client has taken over" }, "warn", "asterisk:connectivity", 0, "warn", "another client has taken over"},
		{"no node at all", func(w *world) { w.nodes = nil }, "fail", "asterisk:connectivity", 0, "fail", "it is not known whether Asterisk can be reached"},
		{"late events", func(w *world) { w.nodes[0].Lag = 3 * time.Second }, "warn", "events:lag", 0, "warn", "events come in late, or Asterisk's clock differs from ours"},
		{"the database is away", func(w *world) { w.down = errors.New("dial tcp 10.0.0.5:3306: user:geheim") }, "fail", "database:responseTime", 0, "fail", "the database does not answer"},
		{"the database is slow", func(w *world) { w.ping = time.Second }, "warn", "database:responseTime", 0, "warn", "the database is slow"},
		{"the storage is away", func(w *world) { w.diskErr = errors.New("geheim") }, "fail", "storage:free", 0, "fail", "the storage does not answer"},
		{"a small share is free", func(w *world) { w.free = 40 << 30 }, "warn", "storage:free", 0, "warn", "4.0 % of the storage is free"},
		{"little is free", func(w *world) { w.free, w.total = 1<<30, 4<<30 }, "warn", "storage:free", 0, "warn", "25.0 % of the storage is free"},
		{"nothing is free", func(w *world) { w.free = 1 << 20 }, "fail", "storage:free", 0, "fail", "0.0 % of the storage is free"},
		{"starts are refused", func(w *world) { w.free, w.minFree = 3<<30, 4<<30 }, "fail", "storage:free", 0, "fail", "0.3 % of the storage is free: starts are refused"},
		{"starts are soon refused", func(w *world) { w.free, w.total, w.minFree = 10<<30, 100<<30, 4<<30 }, "warn", "storage:free", 0, "warn", "10.0 % of the storage is free"},
		{"a backlog", func(w *world) { w.stats.Backlog = 101 }, "warn", "archive:backlog", 0, "warn", "finished recordings wait for the archive"},
		{"full", func(w *world) { w.full = true }, "warn", "recordings:active", 0, "warn", "as many recordings run as recording.max_active allows: starts are refused"},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := (&world{}).healthy()
			c.change(w)
			s := serve(t, Options{Probe: w.probe()}).open()
			code, doc := s.health()
			require.Equal(t, c.status, doc.Status)
			require.Equal(t, map[string]int{"warn": 200, "fail": 503}[c.status], code)
			require.Equal(t, c.own, doc.Checks[c.check][c.entry].Status)
			require.Equal(t, c.output, doc.Checks[c.check][c.entry].Output)
			require.NotContains(t, s.get("/health").body, "geheim")
		})
	}
}

func TestStorageOfUnknownSizeIsNoProblem(t *testing.T) {
	w := (&world{}).healthy()
	w.free, w.total = 0, 0
	_, doc := serve(t, Options{Probe: w.probe()}).open().health()
	require.Equal(t, "pass", doc.Status)
	require.Nil(t, doc.Checks["storage:free"][0].ObservedValue)
}

func TestHealthAnswersWhileEverythingHangs(t *testing.T) {
	for who, check := range map[string]string{
		"nodes": "asterisk:connectivity", "database": "database:responseTime", "storage": "storage:free", "figures": "archive:backlog",
	} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			w := (&world{}).healthy()
			w.hang = map[string]chan struct{}{who: make(chan struct{})}
			s := serve(t, Options{Probe: w.probe()}).open()
			began := time.Now()
			code, doc := s.health()
			require.GreaterOrEqual(t, time.Since(began), probeBound)
			require.Less(t, time.Since(began), 5*probeBound)
			require.Equal(t, 503, code)
			require.Equal(t, "fail", doc.Checks[check][0].Status)
			ready := map[string]int{"storage": 200, "nodes": 503, "database": 503, "figures": 503}
			require.Equal(t, ready[who], s.get("/health/ready").StatusCode)
			require.Equal(t, 200, s.get("/health/live").StatusCode)
			close(w.hang[who])
		})
	}
}

func TestAHangingProbeIsAskedOnce(t *testing.T) {
	m := &measure[int]{}
	asked, leave := make(chan struct{}, 10), make(chan struct{})
	m.ask = wait(asked, leave)
	first := m.begin()
	for range 9 {
		require.Same(t, first, m.begin())
	}
	<-asked
	close(leave)
	value, err := first.wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, 7, value)
	require.Empty(t, asked)
	next := m.begin()
	require.NotSame(t, first, next)
	m.settle(t.Context())
	require.Len(t, asked, 1)
}

func TestReadySaysWhyNot(t *testing.T) {
	w := (&world{}).healthy()
	w.nodes = append(w.nodes, NodeHealth{Name: "south"})
	s := serve(t, Options{Probe: w.probe()}).open()
	r := s.get("/health/ready")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "ready\n", r.body)
	require.Equal(t, 200, s.ask("HEAD", "/health/ready").StatusCode)

	w.nodes[0].Ready, w.down, w.full = false, errors.New("geheim"), true
	r = s.get("/health/ready")
	require.Equal(t, 503, r.StatusCode)
	require.Equal(t, "not ready: no Asterisk node is ready; the database does not answer; as many recordings run as recording.max_active allows\n", r.body)
	require.Equal(t, "2", r.Header.Get("Retry-After"))
	require.Equal(t, "alive\n", s.get("/health/live").body)
}

func TestNotReadyWithoutRoom(t *testing.T) {
	w := (&world{}).healthy()
	w.free, w.minFree = 3<<30, 4<<30
	r := serve(t, Options{Probe: w.probe()}).open().get("/health/ready")
	require.Equal(t, 503, r.StatusCode)
	require.Equal(t, "not ready: too little room is left for audio\n", r.body)
}

func TestHealthLogsChangesNotLooks(t *testing.T) {
	w := (&world{}).healthy()
	s := serve(t, Options{Probe: w.probe()}).open()
	s.health()
	require.NotContains(t, s.log.String(), "health has changed")
	w.down = errors.New("connection refused by 10.0.0.5")
	s.health()
	s.health()
	w.down = nil
	s.health()
	s.stop()
	require.Equal(t, 2, strings.Count(s.log.String(), "health has changed"))
	require.Regexp(t, `level=WARN msg="health has changed" check=database:responseTime .*error="connection refused by 10.0.0.5"`, s.log.String())
	require.Regexp(t, `level=INFO msg="health has changed" check=database:responseTime .*health=pass`, s.log.String())
}

// wait makes a question that tells when it is asked and answers when it may.
func wait(asked chan<- struct{}, leave <-chan struct{}) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		asked <- struct{}{}
		<-leave
		return 7, nil
	}
}
