// Package asterisk speaks ARI to one or several Asterisk nodes: commands out, ordered events in. It implements
// recording.Switch, keeps a channels.Index up to date and reports what concerns recordings. The calls and the types are
// those of ari/v6; the connections, time limits, errors and the event loop are our own, for the library has none.
package asterisk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"ari-recorder/pkg/recording"
)

// Switch is a recording.Switch over ARI. Its methods work from New on, except Snoop, which needs the events and so Start.
type Switch struct {
	nodes map[string]*node
	order []*node
	stop  context.CancelFunc
	tasks sync.WaitGroup
}

var _ recording.Switch = (*Switch)(nil)

// New checks the options and prepares the nodes; nothing is connected yet.
func New(o Options) (*Switch, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := registerScheme(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	o.Timeouts = o.Timeouts.withDefaults()
	s := &Switch{nodes: make(map[string]*node, len(o.Nodes))}
	for _, options := range o.Nodes {
		n, err := newNode(o, options)
		if err != nil {
			return nil, err
		}
		s.nodes[n.name] = n
		s.order = append(s.order, n)
	}
	return s, nil
}

// Start connects the events of every node and keeps them connected until ctx ends or Close is called. It does not wait
// for Asterisk: Status and the index's readiness tell. It is called once.
func (s *Switch) Start(ctx context.Context) {
	ctx, s.stop = context.WithCancel(ctx)
	for _, n := range s.order {
		s.tasks.Go(func() { n.listen(ctx) })
	}
}

// Close ends all connections and returns when every goroutine is gone. Recordings in Asterisk go on.
func (s *Switch) Close() {
	if s.stop != nil {
		s.stop()
	}
	s.tasks.Wait()
	for _, n := range s.order {
		n.calls.CloseIdleConnections()
		n.streams.CloseIdleConnections()
	}
}

// Ping asks the node for its system information and returns how long the answer took, and Asterisk's version.
func (s *Switch) Ping(ctx context.Context, node string) (time.Duration, string, error) {
	n, err := s.node(node)
	if err != nil {
		return 0, "", err
	}
	return n.ping(ctx)
}

// Snoop implements recording.Switch.
func (s *Switch) Snoop(ctx context.Context, node string, t recording.Track, recordingID string) error {
	n, err := s.node(node)
	if err != nil {
		return err
	}
	return n.snoop(ctx, t, recordingID)
}

// Record implements recording.Switch; limit is rounded up to whole seconds, zero is none.
func (s *Switch) Record(ctx context.Context, node, name string, f recording.Format, limit time.Duration) (time.Time, error) {
	n, err := s.node(node)
	if err != nil {
		return time.Time{}, err
	}
	return n.record(ctx, name, f, limit)
}

// End implements recording.Switch.
func (s *Switch) End(ctx context.Context, node, name string) error {
	n, err := s.node(node)
	if err != nil {
		return err
	}
	return n.end(ctx, name)
}

// Pause implements recording.Switch.
func (s *Switch) Pause(ctx context.Context, node, name string) error {
	n, err := s.node(node)
	if err != nil {
		return err
	}
	return n.pause(ctx, name)
}

// Resume implements recording.Switch.
func (s *Switch) Resume(ctx context.Context, node, name string) error {
	n, err := s.node(node)
	if err != nil {
		return err
	}
	return n.resume(ctx, name)
}

// Live implements recording.Switch.
func (s *Switch) Live(ctx context.Context, node, name string) (recording.LiveState, error) {
	n, err := s.node(node)
	if err != nil {
		return recording.LiveGone, err
	}
	return n.live(ctx, name)
}

// Stored implements recording.Switch.
func (s *Switch) Stored(ctx context.Context, node, name string, f recording.Format) (bool, error) {
	n, err := s.node(node)
	if err != nil {
		return false, err
	}
	return n.stored(ctx, name, f)
}

// StoredNames implements recording.Switch.
func (s *Switch) StoredNames(ctx context.Context, node string, visit func(name string) error) error {
	n, err := s.node(node)
	if err != nil {
		return err
	}
	return n.storedNames(ctx, visit)
}

// Fetch implements recording.Switch; the caller closes the body, and until then one of the node's four downloads is taken.
func (s *Switch) Fetch(ctx context.Context, node, name string, f recording.Format) (io.ReadCloser, int64, error) {
	n, err := s.node(node)
	if err != nil {
		return nil, 0, err
	}
	return n.fetch(ctx, name, f)
}

// Discard implements recording.Switch.
func (s *Switch) Discard(ctx context.Context, node, name string) error {
	n, err := s.node(node)
	if err != nil {
		return err
	}
	return n.discard(ctx, name)
}

// LinkedID implements recording.Switch.
func (s *Switch) LinkedID(ctx context.Context, node, uniqueID string) (string, error) {
	n, err := s.node(node)
	if err != nil {
		return "", err
	}
	return n.linkedID(ctx, uniqueID)
}

// HeardUntil implements recording.Switch.
func (s *Switch) HeardUntil(node string) time.Time {
	if n, err := s.node(node); err == nil {
		return n.late.until(time.Now())
	}
	return time.Now()
}

// node finds a node by name. One that is no longer configured cannot be reached, which is what the caller has to know.
func (s *Switch) node(name string) (*node, error) {
	n, ok := s.nodes[name]
	if !ok {
		return nil, fmt.Errorf("%w: no node is named %q", recording.ErrSwitchDown, name)
	}
	return n, nil
}
