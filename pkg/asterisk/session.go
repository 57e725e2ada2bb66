package asterisk

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"ari-recorder/pkg/recording"
)

// maxEvent bounds one event: a bridge lists all its members.
const maxEvent = 4 << 20

// session is one connection of a node's events, from the dial to its end.
type session struct {
	node   *node
	conn   *websocket.Conn
	feed   feed
	missed chan struct{} // holds one token while a Resynced has to be signalled
	cancel context.CancelCauseFunc
	whole  atomic.Int64 // until when nothing can have been missed, in nanoseconds since 1970
}

// run connects, lists, and applies events until the connection ends or ctx does; the error says why. When it returns,
// all its goroutines are gone and the node is not ready.
func (s *session) run(ctx context.Context) error {
	n := s.node
	if err := s.connect(ctx); err != nil {
		return err
	}
	defer func() { n.disconnected(s.deafSince(context.Cause(ctx))) }()
	ctx, s.cancel = context.WithCancelCause(ctx)
	var tasks sync.WaitGroup
	for _, task := range []func(context.Context) error{s.read, s.keepAlive, s.resync, s.announce} {
		tasks.Go(func() {
			if err := task(ctx); err != nil {
				s.cancel(err)
			}
		})
	}
	<-ctx.Done()
	err := s.conn.CloseNow()
	tasks.Wait()
	n.log.DebugContext(ctx, "events disconnected", "cause", context.Cause(ctx), "error", err)
	return context.Cause(ctx)
}

// connect opens the websocket; Asterisk knows our application from then on. It is not asked to subscribe it to all there
// is: that includes device states, and Asterisk 20.14 to 22.10 (issue 2170) locks up ARI for good if a device's state
// changes in the moment in which such a websocket ends.
func (s *session) connect(ctx context.Context) (err error) {
	n := s.node
	began := time.Now()
	defer func() { n.observer.Called(n.name, opEvents, outcome(err), time.Since(began)) }()
	ctx, cancel := context.WithTimeout(ctx, n.timeouts.List)
	defer cancel()
	conn, err := n.dialEvents(ctx)
	if err != nil {
		return err
	}
	conn.SetReadLimit(maxEvent)
	s.conn = conn
	s.heardAll(began)
	n.connected()
	return nil
}

// dialEvents opens a websocket under our application's name.
func (n *node) dialEvents(ctx context.Context) (*websocket.Conn, error) {
	query := url.Values{"app": {n.application}}
	address := n.url("/events", query.Encode()).String()
	conn, response, err := websocket.Dial(ctx, address, &websocket.DialOptions{ //nolint:bodyclose // Dial says: never
		HTTPClient: &http.Client{Transport: n.streams, CheckRedirect: noRedirect},
		HTTPHeader: http.Header{"Authorization": {n.options.authorization()}},
	})
	if err != nil {
		return nil, &Error{Node: n.name, Operation: opEvents, Status: refusal(response), Err: err}
	}
	return conn, nil
}

// noRedirect keeps the credentials at the address that was configured.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// authorization is sent in a header because URLs end up in logs.
func (o NodeOptions) authorization() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(o.Username+":"+o.Password))
}

// refusal returns the status with which a websocket was refused, 0 if there was no answer or it was no refusal.
func refusal(response *http.Response) int {
	if response == nil || response.StatusCode == http.StatusSwitchingProtocols {
		return 0
	}
	return response.StatusCode
}

// connected notes the open websocket; a fault stays until the channels are listed.
func (n *node) connected() {
	n.waiting.connect()
	again := false
	n.health.update(func(s *NodeStatus) {
		again = !s.LastEvent.IsZero() || s.Version != ""
		s.Connected = true
	})
	if again {
		n.observer.Reconnected(n.name)
	}
}

// heardAll notes that all that had happened by then has been heard.
func (s *session) heardAll(by time.Time) { s.whole.Store(by.UnixNano()) }

// deafSince tells from when on events may have been missed. A connection that ended had delivered everything; one that fell
// silent may have been dead since it was last heard of.
func (s *session) deafSince(cause error) time.Time {
	if errors.Is(cause, errSilent) {
		return time.Unix(0, s.whole.Load())
	}
	return time.Now()
}

// disconnected makes the index unready at once, and lets nobody wait for events that will not come, nor have come since at.
func (n *node) disconnected(at time.Time) {
	n.index.SetReady(n.name, false)
	n.health.update(func(s *NodeStatus) { s.Connected = false })
	n.waiting.cut(time.Now())
	n.signal(recording.Signal{Kind: recording.EventsCut, Node: n.name, At: at})
}

// read takes events off the connection as they come. Asterisk cuts off whoever is slower than 100 ms: nothing here waits
// for anything but the next event.
func (s *session) read(ctx context.Context) error {
	for {
		kind, data, err := s.conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind != websocket.MessageText {
			return fmt.Errorf("events: %w: a binary message", io.ErrUnexpectedEOF)
		}
		at := time.Now()
		s.heardAll(at)
		if err := s.hear(data, at); err != nil {
			return err
		}
	}
}

// keepAlive pings: Asterisk never does, and a peer that vanished without a word would otherwise never be missed.
func (s *session) keepAlive(ctx context.Context) error {
	ticker := time.NewTicker(s.node.timeouts.PingInterval)
	defer ticker.Stop()
	for {
		if err := s.ping(ctx); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *session) ping(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, s.node.timeouts.PingTimeout)
	defer cancel()
	began := time.Now()
	err := s.conn.Ping(waiting)
	if err != nil && errors.Is(waiting.Err(), context.DeadlineExceeded) {
		return errSilent
	}
	if err == nil {
		s.heardAll(began) // the answer comes behind all events that were under way
		s.node.health.update(func(status *NodeStatus) { status.RoundTrip = time.Since(began) })
	}
	return err
}

// announce signals Resynced whenever one is owed, and repeats it until there is room. The index needs nothing then: it
// was kept up to date in memory, only signals were lost.
func (s *session) announce(ctx context.Context) error {
	for {
		select {
		case <-s.missed:
		case <-ctx.Done():
			return nil
		}
		for !s.node.signal(recording.Signal{Kind: recording.Resynced, Node: s.node.name, At: time.Now()}) {
			if !pause(ctx, s.node.timeouts.RetryMin) {
				return nil
			}
		}
	}
}

// owe asks announce for a Resynced.
func (s *session) owe() {
	select {
	case s.missed <- struct{}{}:
	default:
	}
}
