package asterisk

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// NodeOptions says how one Asterisk is reached.
type NodeOptions struct {
	Name             string
	URL              string // ARI's root, such as http://127.0.0.1:8088/ari; https means wss for the events too
	Username         string
	Password         string
	CAFile           string         // PEM; empty: the system's authorities
	SpoolDir         string         // Asterisk's recording folder, only read; empty: audio is fetched over ARI
	ExtensionPattern *regexp.Regexp // see channels.ExtensionOf; may be nil
}

// Options is what New needs.
type Options struct {
	Nodes       []NodeOptions
	Application string // live recordings and snoop channels are called <application>-<id>
	Instance    string // the ARI application is <application>-<instance>: one websocket each
	Index       *channels.Index

	// Signal takes an event that concerns recordings. It must not block; false says that there was no room, and a
	// Resynced for the node follows as soon as there is.
	Signal func(recording.Signal) bool

	Observer Observer     // may be nil
	Log      *slog.Logger // may be nil
	Timeouts Timeouts     // fields that are zero get their default
}

// Timeouts bound what Asterisk may take. Every one of them is cut short by the caller's context.
type Timeouts struct {
	Call         time.Duration // one request and its answer; 2 s
	List         time.Duration // connecting the events, and listing all channels; 5 s
	Names        time.Duration // listing the names of all stored recordings; 60 s
	StasisStart  time.Duration // from the snoop to its arrival in our application; 2 s
	Started      time.Duration // from the request to record to RecordingStarted; 2 s
	Finished     time.Duration // from the hang-up of a snoop to RecordingFinished; 2 s
	Poll         time.Duration // between questions where no event can be expected; 50 ms
	Progress     time.Duration // of a download without a single byte; 30 s
	PingInterval time.Duration // 4 s
	PingTimeout  time.Duration // 5 s: with the interval, a dead peer is noticed within 10 s
	RetryMin     time.Duration // first wait before reconnecting, at most; 100 ms
	RetryMax     time.Duration // longest wait before reconnecting; 5 s
	Replaced     time.Duration // between looks whether a client that took our application over is gone; 30 s
}

func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{
		Call:         cmp.Or(t.Call, 2*time.Second),
		List:         cmp.Or(t.List, 5*time.Second),
		Names:        cmp.Or(t.Names, time.Minute),
		StasisStart:  cmp.Or(t.StasisStart, 2*time.Second),
		Started:      cmp.Or(t.Started, 2*time.Second),
		Finished:     cmp.Or(t.Finished, 2*time.Second),
		Poll:         cmp.Or(t.Poll, 50*time.Millisecond),
		Progress:     cmp.Or(t.Progress, 30*time.Second),
		PingInterval: cmp.Or(t.PingInterval, 4*time.Second),
		PingTimeout:  cmp.Or(t.PingTimeout, 5*time.Second),
		RetryMin:     cmp.Or(t.RetryMin, 100*time.Millisecond),
		RetryMax:     cmp.Or(t.RetryMax, 5*time.Second),
		Replaced:     cmp.Or(t.Replaced, 30*time.Second),
	}
}

// check returns all that is wrong with the options, not just the first fault.
func (o Options) check() error {
	var faults []error
	if o.Application == "" || o.Instance == "" {
		faults = append(faults, errors.New("asterisk: application and instance must not be empty"))
	}
	if o.Index == nil || o.Signal == nil {
		faults = append(faults, errors.New("asterisk: no index or no receiver of signals"))
	}
	if len(o.Nodes) == 0 {
		faults = append(faults, errors.New("asterisk: no node is configured"))
	}
	seen := make(map[string]bool, len(o.Nodes))
	for _, node := range o.Nodes {
		if node.Name == "" || seen[node.Name] {
			faults = append(faults, fmt.Errorf("asterisk: node name %q is empty or used twice", node.Name))
		}
		seen[node.Name] = true
	}
	return errors.Join(faults...)
}

// baseURL parses ARI's root and drops a trailing slash, so that paths can be appended.
func (o NodeOptions) baseURL() (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("asterisk: the URL of node %s is not of the form http(s)://host:port/ari", o.Name)
	}
	if base.User != nil {
		return nil, fmt.Errorf("asterisk: the URL of node %s holds credentials; they have settings of their own", o.Name)
	}
	return base, nil
}

// Asterisk serves one session per connection, 100 by default for everybody: we stay well below.
const (
	maxCalls     = 32
	maxDownloads = 4
)

// MaxConnections is how many connections a node's adapter opens at most, those of the events and of the list of all stored
// recordings included.
const MaxConnections = maxCalls + maxDownloads + 2

// transport makes a pool of at most limit connections. Idle ones are dropped before Asterisk's session_keep_alive (15 s)
// ends: a POST that meets a connection closed at that moment fails and may not be sent again.
func (o NodeOptions) transport(limit int) (*http.Transport, error) {
	t := &http.Transport{
		MaxConnsPerHost:     limit,
		MaxIdleConnsPerHost: limit,
		IdleConnTimeout:     8 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if o.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("asterisk: the CA file of node %s: %w", o.Name, err)
	}
	t.TLSClientConfig.RootCAs = x509.NewCertPool()
	if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("asterisk: the CA file of node %s holds no certificate", o.Name)
	}
	return t, nil
}
