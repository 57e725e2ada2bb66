package faults

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// SQLWire stands between the service and MariaDB and knows the statements that it carries.
type SQLWire struct {
	URL string // of the database, through the wire
	*valve
	hooks

	target string
	ended  chan struct{}
	tasks  sync.WaitGroup
}

// NewSQLWire starts a wire to the database at target, mysql://user:password@host:port/name.
func NewSQLWire(target string) (*SQLWire, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	v, err := newValve()
	if err != nil {
		return nil, err
	}
	w := &SQLWire{valve: v, target: to.Host, ended: make(chan struct{})}
	to.Host = v.Addr().String()
	w.URL = to.String()
	w.tasks.Go(w.accept)
	return w, nil
}

// Close ends the wire and everything on it.
func (w *SQLWire) Close() error {
	w.On(nil)
	close(w.ended)
	w.shut()
	w.tasks.Wait()
	return nil
}

func (w *SQLWire) accept() {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = client.Close() // as the server would
			continue
		}
		c := &dialogue{wire: w, client: client, server: server}
		w.tasks.Go(c.ask)
		w.tasks.Go(c.answer)
	}
}

// dialogue is one connection with its statement under way.
type dialogue struct {
	wire           *SQLWire
	client, server net.Conn

	mu    sync.Mutex
	asked string // what is not answered yet; empty if that is of no interest
}

func (d *dialogue) close() {
	_ = d.client.Close() // the other direction may have closed it
	_ = d.server.Close() // the other direction may have closed it
}

// The commands of the protocol that hold a statement.
const comQuery, comPrepare = 0x03, 0x16

// ask passes the client's packets on, one by one.
func (d *dialogue) ask() {
	defer d.close()
	for {
		packet, err := readPacket(d.client)
		if err != nil {
			return
		}
		what := ""
		if packet[3] == 0 && len(packet) > 5 && (packet[4] == comQuery || packet[4] == comPrepare) {
			what = statement(string(packet[5:]))
		}
		if what != "" && d.wire.decide(Step{what, Asked}).Kind == Lose {
			return
		}
		d.mu.Lock()
		d.asked = what
		d.mu.Unlock()
		if _, err := d.server.Write(packet); err != nil {
			return
		}
	}
}

func readPacket(from io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	length := int(binary.LittleEndian.Uint32(append(head[:3:3], 0)))
	packet := append(head, make([]byte, length)...)
	_, err := io.ReadFull(from, packet[4:])
	return packet, err
}

// answer passes on what the server says.
func (d *dialogue) answer() {
	defer d.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := d.server.Read(buffer)
		if err != nil {
			return
		}
		d.mu.Lock()
		what := d.asked
		d.asked = ""
		d.mu.Unlock()
		if what != "" && d.wire.decide(Step{what, Answered}).Kind == Lose {
			return
		}
		if _, err := d.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

var (
	verb  = regexp.MustCompile("(?is)^(?:BEGIN;)?\\s*(INSERT(?: IGNORE)? INTO|UPDATE|DELETE FROM|SELECT.*? FROM)\\s+`?(\\w+)`?")
	state = regexp.MustCompile(`'(starting|recording|paused|stopping|archiving|available|failed)'`)
)

// statement names what a statement is about: its verb, its table, and the state that it writes, if any.
func statement(sql string) string {
	found := verb.FindStringSubmatch(sql)
	if found == nil {
		return ""
	}
	what := strings.ToLower(strings.Fields(found[1])[0]) + " " + found[2]
	if strings.Contains(sql, "SET `lease_until`") {
		return "update leases"
	}
	if to := state.FindStringSubmatch(sql); to != nil && !strings.HasPrefix(what, "select") {
		what += " " + to[1]
	}
	return what
}
