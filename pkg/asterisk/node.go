package asterisk

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/CyCoreSystems/ari/v6/client/native"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// node is one Asterisk: how it is reached, who waits for its news, and what is known of its health.
type node struct {
	name        string
	options     NodeOptions
	base        *url.URL
	prefix      string // of the names that are ours
	application string // the ARI application
	index       *channels.Index
	signal      func(recording.Signal) bool
	observer    Observer
	log         *slog.Logger
	timeouts    Timeouts

	calls     *http.Transport // requests that are answered at once
	streams   *http.Transport // the websocket and downloads
	lists     *http.Transport // the list of all stored recordings
	downloads chan struct{}   // a slot for each running download
	waiting   waiters
	health    health
	late      lateness
}

func newNode(o Options, options NodeOptions) (*node, error) {
	base, err := options.baseURL()
	if err != nil {
		return nil, err
	}
	calls, err := options.transport(maxCalls)
	if err != nil {
		return nil, err
	}
	streams, err := options.transport(maxDownloads + 1)
	if err != nil {
		return nil, err
	}
	streams.ResponseHeaderTimeout = o.Timeouts.List
	lists, err := options.transport(1)
	if err != nil {
		return nil, err
	}
	lists.DisableKeepAlives = true
	return &node{
		name:        options.Name,
		options:     options,
		base:        base,
		prefix:      o.Application,
		application: o.Application + "-" + o.Instance,
		index:       o.Index,
		signal:      o.Signal,
		observer:    o.Observer,
		log:         o.Log.With("node", options.Name),
		timeouts:    o.Timeouts,
		calls:       calls,
		streams:     streams,
		lists:       lists,
		downloads:   make(chan struct{}, maxDownloads),
	}, nil
}

// ping measures one round trip through the whole of ARI.
func (n *node) ping(ctx context.Context) (time.Duration, string, error) {
	var version string
	began := time.Now()
	err := n.call(ctx, opInfo, func(c *native.Client) error {
		info, err := c.Asterisk().Info(nil)
		version = info.SystemInfo.Version
		return err
	})
	if err != nil {
		return 0, "", fmt.Errorf("ping: %w", err)
	}
	return time.Since(began), version, nil
}
