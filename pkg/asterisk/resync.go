package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/CyCoreSystems/ari/v6/client/native"

	"ari-recorder/pkg/channels"
)

// feed holds the events back while the channels are being listed.
type feed struct {
	mu      sync.Mutex
	syncing bool
	held    []happening
}

// happening is an event and when it happened, on our clock.
type happening struct {
	event ari.Event
	at    time.Time
}

// maxHeld bounds what is held back: about 20,000 events a second for a listing of five seconds.
const maxHeld = 100_000

var errFlood = errors.New("too many events while the channels were listed")

// take applies the event, or holds it back while the channels are being listed.
func (s *session) take(h happening) error {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	switch {
	case !s.feed.syncing:
		s.apply(h)
	case len(s.feed.held) == maxHeld:
		return errFlood
	default:
		s.feed.held = append(s.feed.held, h)
	}
	return nil
}

// synced tells whether the listing has succeeded.
func (s *session) synced() bool {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	return !s.feed.syncing
}

// resync lists the node's channels and bridges, puts them in the place of what was known, and applies the events that
// came meanwhile: the subscription is older than the list, so whatever the list shows too late an event corrects.
func (s *session) resync(ctx context.Context) error {
	n := s.node
	began := time.Now()
	_, version, err := n.ping(ctx)
	if err != nil {
		return err
	}
	if err := n.subscribe(ctx); err != nil {
		return err
	}
	if err := n.filter(ctx); err != nil {
		return err
	}
	var list []ari.ChannelData
	if err := n.get(ctx, opChannels, n.timeouts.List, "/channels", &list); err != nil {
		return err
	}
	var bridges []ari.BridgeData
	if err := n.get(ctx, opBridges, n.timeouts.List, "/bridges", &bridges); err != nil {
		return err
	}
	s.replace(list, bridges)
	n.health.update(func(status *NodeStatus) { status.Version, status.Fault = version, "" })
	n.observer.Resynced(n.name, time.Since(began))
	n.log.InfoContext(ctx, "events connected", "channels", len(list), "took", time.Since(began), "asterisk", version)
	s.owe()
	return nil
}

// replace makes the index whole and lets events through from then on.
func (s *session) replace(list []ari.ChannelData, bridges []ari.BridgeData) {
	n := s.node
	known := make([]channels.Channel, len(list))
	for i := range list {
		known[i] = n.channel(&list[i])
	}
	members := make(map[string][]string, len(bridges))
	for _, bridge := range bridges {
		members[bridge.ID] = talkers(bridge)
	}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	n.index.Replace(n.name, known, members)
	n.late.caughtUp()
	for _, h := range s.feed.held {
		s.apply(h)
	}
	s.feed.held, s.feed.syncing = nil, false
	n.index.SetReady(n.name, true)
}

// subscribe asks for the events of all channels and all bridges, also of those to come.
func (n *node) subscribe(ctx context.Context) error {
	for _, source := range []string{"channel:", "bridge:"} {
		err := n.call(ctx, opSubscribe, func(c *native.Client) error {
			return c.Application().Subscribe(n.applicationKey(), source)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *node) applicationKey() *ari.Key {
	return ari.NewKey(ari.ApplicationKey, url.PathEscape(n.application))
}

// filter asks Asterisk to send only what we use, a small part of the flood. It saves work and nothing depends on it: an
// Asterisk before 16.3 has no filter and answers 404, 405 or 501.
func (n *node) filter(ctx context.Context) error {
	type allow struct {
		Type string `json:"type"`
	}
	var filter struct {
		Allowed []allow `json:"allowed"`
	}
	for _, kind := range used {
		filter.Allowed = append(filter.Allowed, allow{kind})
	}
	err := n.timed(ctx, opFilter, n.timeouts.Call, func(ctx context.Context) error {
		return n.request(ctx, opFilter, http.MethodPut, "/applications/"+n.applicationKey().ID+"/eventFilter", filter, nil)
	})
	switch statusOf(err) {
	case 0:
		return err
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		n.log.DebugContext(ctx, "this Asterisk cannot filter events", "error", err)
	default:
		n.log.WarnContext(ctx, "events are not filtered", "error", err)
	}
	return nil
}
