package faults

import (
	"net"
	"sync"
)

// valve listens, and spoils the connections that it has accepted on demand.
type valve struct {
	net.Listener

	mu      sync.Mutex
	open    map[*gated]struct{}
	blocked bool
	gate    chan struct{} // closed while bytes may pass
}

func newValve() (*valve, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	v := &valve{Listener: listener, open: map[*gated]struct{}{}, gate: make(chan struct{})}
	close(v.gate)
	return v, nil
}

// Accept takes the next connection; while the valve is blocked each is closed at once.
func (v *valve) Accept() (net.Conn, error) {
	for {
		conn, err := v.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g := v.admit(conn); g != nil {
			return g, nil
		}
		_ = conn.Close() // refused
	}
}

func (v *valve) admit(conn net.Conn) *gated {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.blocked {
		return nil
	}
	g := &gated{Conn: conn, valve: v}
	v.open[g] = struct{}{}
	return g
}

// Cut breaks all connections; new ones can be made at once.
func (v *valve) Cut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for g := range v.open {
		_ = g.Conn.Close() // broken is what it is to be
		delete(v.open, g)
	}
}

// Block breaks all connections, and new ones as they come, until it is lifted with false.
func (v *valve) Block(blocked bool) {
	v.mu.Lock()
	v.blocked = blocked
	v.mu.Unlock()
	if blocked {
		v.Cut()
	}
}

// Freeze lets no byte pass, in either direction, and tells nobody: as when a cable is pulled.
func (v *valve) Freeze(frozen bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-v.gate:
		if frozen {
			v.gate = make(chan struct{})
		}
	default:
		if !frozen {
			close(v.gate)
		}
	}
}

func (v *valve) wait() {
	v.mu.Lock()
	gate := v.gate
	v.mu.Unlock()
	<-gate
}

// shut ends listening and all connections.
func (v *valve) shut() {
	v.Freeze(false)
	v.Block(true)
	_ = v.Close() // nothing can be done about it
}

// gated is a connection that keeps what it has read, and what it is to write, while the valve is frozen.
type gated struct {
	net.Conn
	valve *valve
}

func (g *gated) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	g.valve.wait()
	return n, err
}

func (g *gated) Write(b []byte) (int, error) {
	g.valve.wait()
	return g.Conn.Write(b)
}

func (g *gated) Close() error {
	g.valve.mu.Lock()
	delete(g.valve.open, g)
	g.valve.mu.Unlock()
	return g.Conn.Close()
}
