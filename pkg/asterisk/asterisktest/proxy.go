package asterisktest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy stands between a client and a real Asterisk and spoils the connection on demand.
type Proxy struct {
	URL string // of the target, through the proxy

	target   string
	listener net.Listener
	tasks    sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]struct{}
	blocked  bool
	closed   bool
	gate     chan struct{} // closed while bytes may pass
}

// NewProxy starts a proxy to the host of the URL; it ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	u, err := url.Parse(target)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &Proxy{target: u.Host, listener: listener, open: make(map[net.Conn]struct{}), gate: make(chan struct{})}
	close(p.gate)
	u.Host = listener.Addr().String()
	p.URL = u.String()
	p.tasks.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Cut breaks all connections; new ones can be made at once.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

func (p *Proxy) cut() {
	for conn := range p.open {
		conn.Close() //nolint:errcheck // broken is what it is to be
	}
}

// Block breaks all connections, and new ones as they come, until it is lifted with false.
func (p *Proxy) Block(blocked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked = blocked
	if blocked {
		p.cut()
	}
}

// Freeze lets no byte pass, in either direction, and tells nobody: as when a cable is pulled.
func (p *Proxy) Freeze(frozen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gate:
		if frozen {
			p.gate = make(chan struct{})
		}
	default:
		if !frozen {
			close(p.gate)
		}
	}
}

func (p *Proxy) close() {
	p.Freeze(false)
	p.mu.Lock()
	p.closed = true
	p.cut()
	p.mu.Unlock()
	p.listener.Close() //nolint:errcheck // nothing can be done about it
	p.tasks.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil || !p.admit(client, server) {
			client.Close() //nolint:errcheck // refused
			if server != nil {
				server.Close() //nolint:errcheck // refused
			}
			continue
		}
		p.tasks.Go(func() { p.pass(client, server) })
		p.tasks.Go(func() { p.pass(server, client) })
	}
}

func (p *Proxy) admit(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blocked || p.closed {
		return false
	}
	for _, conn := range conns {
		p.open[conn] = struct{}{}
	}
	return true
}

// pass copies one direction until either end is gone, and then ends both.
func (p *Proxy) pass(to, from net.Conn) {
	io.Copy(to, gated{p, from}) //nolint:errcheck // whatever ended it, both are closed
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range []net.Conn{to, from} {
		conn.Close() //nolint:errcheck // the other direction may have closed it
		delete(p.open, conn)
	}
}

// gated holds back what it has read while the proxy is frozen.
type gated struct {
	proxy *Proxy
	from  io.Reader
}

// Read reads, and returns once the gate is open.
func (g gated) Read(b []byte) (int, error) {
	count, err := g.from.Read(b)
	g.proxy.mu.Lock()
	gate := g.proxy.gate
	g.proxy.mu.Unlock()
	<-gate
	return count, err
}
