package recordingtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"ari-recorder/pkg/recording"
)

// Switch is a recording.Switch in memory: channels that a test adds and hangs up, snoop channels, live recordings and
// files with real WAV bytes. It keeps the port's promises (SwitchSuite proves it) and, on request, breaks them in the
// ways that Asterisk does: see Inject, SetDown, SetReadOnly and Crash.
type Switch struct {
	signal func(recording.Signal)

	mu       sync.Mutex
	nodes    map[string]*state
	down     map[string]bool
	readOnly bool
	faults   []*Fault
	calls    []Call
}

var _ recording.Switch = (*Switch)(nil)

// state is what one node holds.
type state struct {
	channels map[string]string // uniqueid → linkedid
	snoops   map[string]*snoop // by the name of the track
	files    map[string]file   // by the name of the track
	heard    time.Time         // up to when events have been heard; zero: all have
}

// snoop is a snoop channel and its live recording, if it has one.
type snoop struct {
	target     string
	live       bool // whether the recording runs
	format     recording.Format
	started    time.Time
	limitTimer *time.Timer
}

type file struct {
	format  recording.Format
	content []byte
	open    *Meter // of what is being written; nil if it is closed
}

// NewSwitch makes a switch of the named nodes; signal gets what Asterisk would report, in order, and may be nil.
func NewSwitch(t testing.TB, signal func(recording.Signal), nodes ...string) *Switch {
	if signal == nil {
		signal = func(recording.Signal) {}
	}
	s := &Switch{signal: signal, nodes: make(map[string]*state), down: make(map[string]bool)}
	for _, node := range nodes {
		s.nodes[node] = &state{channels: map[string]string{}, snoops: map[string]*snoop{}, files: map[string]file{}}
	}
	t.Cleanup(s.stopTimers)
	return s
}

// Snoop implements recording.Switch.
func (s *Switch) Snoop(ctx context.Context, node string, t recording.Track, _ string) error {
	return s.do(ctx, MethodSnoop, node, t.Name, func(n *state) ([]recording.Signal, error) {
		if _, ok := n.channels[t.UniqueID]; !ok {
			return nil, recording.ErrChannelGone
		}
		n.snoops[t.Name] = &snoop{target: t.UniqueID}
		return nil, nil
	})
}

// Record implements recording.Switch.
func (s *Switch) Record(ctx context.Context, node, name string, f recording.Format, limit time.Duration) (at time.Time, err error) {
	err = s.do(ctx, MethodRecord, node, name, func(n *state) ([]recording.Signal, error) {
		snoop, taken := n.snoops[name], n.files[name].format != ""
		switch {
		case snoop == nil:
			return nil, fmt.Errorf("%w: Channel not found", recording.ErrRefused)
		case f != recording.FormatWAV && f != recording.FormatWAV16:
			return nil, fmt.Errorf("%w: Unknown format", recording.ErrRefused)
		case taken:
			return nil, fmt.Errorf("%w: Recording already exists", recording.ErrRefused)
		case s.readOnly:
			return []recording.Signal{trackEnded(node, name)}, recording.ErrEndedAtOnce
		}
		at = time.Now()
		snoop.live, snoop.format, snoop.started = true, f, at
		n.files[name] = file{format: f, open: new(StartMeter(at))}
		if limit > 0 {
			snoop.limitTimer = time.AfterFunc(limit, func() { s.reachLimit(node, name) })
		}
		return nil, nil
	})
	return at, err
}

// End implements recording.Switch.
func (s *Switch) End(ctx context.Context, node, name string) error {
	return s.do(ctx, MethodEnd, node, name, func(n *state) ([]recording.Signal, error) {
		return n.hangUpSnoop(node, name), nil
	})
}

// Pause implements recording.Switch.
func (s *Switch) Pause(ctx context.Context, node, name string) error {
	return s.do(ctx, MethodPause, node, name, func(n *state) ([]recording.Signal, error) {
		return nil, n.meter(name, Meter.Pause)
	})
}

// Resume implements recording.Switch.
func (s *Switch) Resume(ctx context.Context, node, name string) error {
	return s.do(ctx, MethodResume, node, name, func(n *state) ([]recording.Signal, error) {
		return nil, n.meter(name, Meter.Resume)
	})
}

// meter changes how a live recording is measured.
func (n *state) meter(name string, change func(Meter) Meter) error {
	open := n.files[name].open
	if n.snoops[name] == nil || !n.snoops[name].live || open == nil {
		return recording.ErrNotRecording
	}
	*open = change(*open)
	return nil
}

// Live implements recording.Switch.
func (s *Switch) Live(ctx context.Context, node, name string) (live recording.LiveState, err error) {
	err = s.do(ctx, MethodLive, node, name, func(n *state) ([]recording.Signal, error) {
		snoop, open := n.snoops[name], n.files[name].open
		switch {
		case snoop == nil || !snoop.live:
		case open != nil && open.Paused():
			live = recording.LivePaused
		default:
			live = recording.LiveRecording
		}
		return nil, nil
	})
	return live, err
}

// Stored implements recording.Switch.
func (s *Switch) Stored(ctx context.Context, node, name string, _ recording.Format) (stored bool, err error) {
	err = s.do(ctx, MethodStored, node, name, func(n *state) ([]recording.Signal, error) {
		_, stored = n.files[name]
		return nil, nil
	})
	return stored, err
}

// StoredNames implements recording.Switch.
func (s *Switch) StoredNames(ctx context.Context, node string, visit func(string) error) error {
	var stored []string
	err := s.do(ctx, MethodStoredNames, node, "", func(n *state) ([]recording.Signal, error) {
		stored = names(n.files)
		return nil, nil
	})
	for _, name := range stored {
		if err == nil {
			err = visit(name)
		}
	}
	return err
}

// Fetch implements recording.Switch.
func (s *Switch) Fetch(ctx context.Context, node, name string, _ recording.Format) (body io.ReadCloser, size int64, err error) {
	err = s.do(ctx, MethodFetch, node, name, func(n *state) ([]recording.Signal, error) {
		found, ok := n.files[name]
		if !ok {
			return nil, recording.ErrNoSuchStored
		}
		content := found.bytes()
		body, size = io.NopCloser(bytes.NewReader(content)), int64(len(content))
		return nil, nil
	})
	return body, size, err
}

// Discard implements recording.Switch.
func (s *Switch) Discard(ctx context.Context, node, name string) error {
	return s.do(ctx, MethodDiscard, node, name, func(n *state) ([]recording.Signal, error) {
		delete(n.files, name)
		return nil, nil
	})
}

// LinkedID implements recording.Switch.
func (s *Switch) LinkedID(ctx context.Context, node, uniqueID string) (linkedID string, err error) {
	err = s.do(ctx, MethodLinkedID, node, uniqueID, func(n *state) ([]recording.Signal, error) {
		var ok bool
		if linkedID, ok = n.channels[uniqueID]; !ok {
			return nil, recording.ErrChannelGone
		}
		return nil, nil
	})
	return linkedID, err
}

// HeardUntil implements recording.Switch.
func (s *Switch) HeardUntil(node string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.nodes[node]; n != nil && !n.heard.IsZero() {
		return n.heard
	}
	return time.Now()
}

// hangUpSnoop closes the snoop's recording and removes it. As in Asterisk, both the recording's end and the channel's
// are reported: a TrackEnded comes twice.
func (n *state) hangUpSnoop(node, name string) []recording.Signal {
	if n.snoops[name] == nil {
		return nil
	}
	signals := n.endRecording(node, name)
	delete(n.snoops, name)
	return append(signals, trackEnded(node, name))
}

// endRecording closes the file.
func (n *state) endRecording(node, name string) []recording.Signal {
	snoop := n.snoops[name]
	if !snoop.live {
		return nil
	}
	snoop.live = false
	if snoop.limitTimer != nil {
		snoop.limitTimer.Stop()
	}
	if f, ok := n.files[name]; ok && f.open != nil {
		n.files[name] = file{format: f.format, content: WAV(f.format, f.open.Length())}
	}
	return []recording.Signal{trackEnded(node, name)}
}

// bytes are those of the file at this moment.
func (f file) bytes() []byte {
	if f.open == nil {
		return f.content
	}
	return OpenWAV(f.format, f.open.Length())
}

func trackEnded(node, name string) recording.Signal {
	return recording.Signal{Kind: recording.TrackEnded, Node: node, Name: name, At: time.Now()}
}
