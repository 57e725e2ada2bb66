package asterisk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

// NodeStatus is how a node stands, for /health.
type NodeStatus struct {
	Name      string
	Connected bool          // the events' websocket is open
	Ready     bool          // and its channels are completely known
	Fault     string        // one line for operators, without addresses or secrets; empty while all is well
	RoundTrip time.Duration // of the latest ping through the websocket
	LastEvent time.Time     // our clock; zero before the first
	Lag       time.Duration // from the latest event's timestamp to our reading it; differences of clocks included
	Version   string        // Asterisk's, once known
}

// Status returns the nodes' standing in the order of the options.
func (s *Switch) Status() []NodeStatus {
	list := make([]NodeStatus, 0, len(s.order))
	for _, n := range s.order {
		status := n.health.get()
		status.Name = n.name
		status.Ready = n.index.Ready(n.name)
		list = append(list, status)
	}
	return list
}

// health collects a node's standing. Its zero value is a node that was never connected.
type health struct {
	mu     sync.Mutex
	status NodeStatus
}

func (h *health) get() NodeStatus {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status
}

func (h *health) isConnected() bool { return h.get().Connected }

func (h *health) update(change func(*NodeStatus)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(&h.status)
}

// heard notes an event that was read at the moment at and made by Asterisk's clock at made, if it says when.
func (n *node) heard(at, made time.Time) {
	lag := max(0, at.Sub(made))
	n.health.update(func(s *NodeStatus) {
		s.LastEvent = at
		if !made.IsZero() {
			s.Lag = lag
		}
	})
	if !made.IsZero() {
		n.observer.Heard(n.name, lag)
	}
}

// Faults that are not errors of a call.
var (
	errReplaced = errors.New("another client has taken over our ARI application")
	errSilent   = errors.New("no answer to pings")
)

// fault puts into one line for operators why a node is not connected. Addresses stay in the log: /health is public.
func (n *node) fault(err error) string {
	if words := tlsFault(err); words != "" {
		return words
	}
	var resolve *net.DNSError
	switch status := statusOf(err); {
	case errors.Is(err, errReplaced):
		return fmt.Sprintf("another client has taken over the ARI application %s: does a second instance use the same name?", n.application)
	case errors.Is(err, errSilent):
		return "Asterisk did not answer pings"
	case status == http.StatusUnauthorized:
		return "credentials refused: check asterisk.username and asterisk.password against ari.conf"
	case status == http.StatusForbidden:
		return "not allowed: is the ARI user read_only in ari.conf?"
	case status == http.StatusNotFound:
		return "no ARI at this address: check the URL, and enabled=yes in ari.conf"
	case status == http.StatusServiceUnavailable:
		return "Asterisk is still starting"
	case status != 0:
		return fmt.Sprintf("Asterisk answers %d %s", status, http.StatusText(status))
	case errors.As(err, &resolve):
		return "Asterisk's host name cannot be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused: is Asterisk running, and its HTTP server enabled?"
	case timedOut(err):
		return "Asterisk did not answer in time"
	case websocket.CloseStatus(err) != -1:
		return "Asterisk closed the connection"
	default:
		return "the connection was lost"
	}
}

// tlsFault is fault for what goes wrong before anything is said by https; empty for other errors.
func tlsFault(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return "Asterisk's TLS certificate is signed by an authority that is not trusted: give the authority's certificate in asterisk.ca_file"
	case errors.As(err, &host):
		return "Asterisk's TLS certificate is for other names than the host in asterisk.url: use a name that it is for"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "Asterisk's TLS certificate has expired, or is not valid yet: renew it, and check the clocks"
	case errors.As(err, &invalid):
		return "Asterisk's TLS certificate, or its authority's, is not fit for a server: the log says why"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return "Asterisk speaks no TLS at the port in asterisk.url: see tlsenable and tlsbindaddr in http.conf"
	}
	return ""
}

func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}
