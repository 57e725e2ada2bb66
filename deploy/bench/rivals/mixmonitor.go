package rivals

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync"

	"ari-recorder/deploy/lab"
)

// monitor has calls recorded by Asterisk's MixMonitor, over one AMI connection.
type monitor struct {
	names
	conn  net.Conn
	ended chan struct{} // closed when nothing more comes

	mu      sync.Mutex // of writing, too
	waiting map[string]chan error
}

// MixMonitor is AMI's action of that name. Its channels are named, not told by uniqueid.
func MixMonitor(ctx context.Context, pbx *lab.Asterisk) (Rival, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", pbx.AMI)
	if err != nil {
		return nil, err
	}
	m := &monitor{names: names{prefix: prefix("monitor")}, conn: conn, ended: make(chan struct{}), waiting: make(map[string]chan error)}
	go m.listen()
	return m, m.act(ctx, "Action: Login", "Username: "+pbx.Username, "Secret: "+pbx.Password, "Events: off")
}

// Close returns when nothing is left of the connection.
func (m *monitor) Close() error {
	err := m.conn.Close()
	<-m.ended
	return err
}

// Start returns when Asterisk has answered that MixMonitor runs.
func (m *monitor) Start(ctx context.Context, channel string) (func(context.Context) error, error) {
	id := m.next()
	err := m.act(ctx, "Action: MixMonitor", "Channel: "+channel, "File: "+id+".wav")
	return func(ctx context.Context) error { return m.act(ctx, "Action: StopMixMonitor", "Channel: "+channel) }, err
}

// act sends an action and waits for its answer.
func (m *monitor) act(ctx context.Context, lines ...string) error {
	id, answer := m.next(), make(chan error, 1)
	m.mu.Lock()
	m.waiting[id] = answer
	_, err := m.conn.Write([]byte(strings.Join(append(lines, "ActionID: "+id), "\r\n") + "\r\n\r\n"))
	m.mu.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case err := <-answer:
		return err
	case <-m.ended:
		return errors.New("the connection has ended")
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", lines[0], ctx.Err())
	}
}

// listen hands answers to those who wait for them, until the connection is closed.
func (m *monitor) listen() {
	defer close(m.ended)
	in := textproto.NewReader(bufio.NewReader(m.conn))
	if _, err := in.ReadLine(); err != nil { // the greeting
		return
	}
	for {
		answer, err := in.ReadMIMEHeader()
		if err != nil {
			return
		}
		m.mu.Lock()
		waiting, known := m.waiting[answer.Get("ActionID")]
		delete(m.waiting, answer.Get("ActionID"))
		m.mu.Unlock()
		switch {
		case !known: // an event
		case answer.Get("Response") == "Success":
			waiting <- nil
		default:
			waiting <- errors.New(answer.Get("Message"))
		}
	}
}
