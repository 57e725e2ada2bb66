package faults

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// maxEvent is as large as the service takes.
const maxEvent = 4 << 20

// pace delays each event on its way, by which Asterisk finds its reader slow.
type pace struct {
	mu   sync.Mutex
	each time.Duration
}

func (p *pace) slow(each time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.each = each
}

func (p *pace) wait(ctx context.Context) {
	p.mu.Lock()
	each := p.each
	p.mu.Unlock()
	if each == 0 {
		return
	}
	select {
	case <-time.After(each):
	case <-ctx.Done():
	}
}

// Slow makes the wire take only one event from Asterisk in each such time, 0 as they come. The events are connected anew, over what holds next to
// nothing, so that Asterisk notices.
func (w *ARIWire) Slow(each time.Duration) {
	w.pace.slow(each)
	w.Cut()
}

// events joins the service's websocket with one of Asterisk's.
func (w *ARIWire) events(out http.ResponseWriter, r *http.Request) {
	if w.spoilt(out, r, Step{"connect events", Asked}) {
		return
	}
	to := *r.URL
	to.Scheme, to.Host = "http", w.target
	transport := &http.Transport{DialContext: w.pace.dial}
	defer transport.CloseIdleConnections()
	there, _, err := websocket.Dial(w.ctx, to.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{"Authorization": r.Header["Authorization"]},
	})
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = there.CloseNow() }() // the end of one is the end of the other
	here, err := websocket.Accept(out, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = here.CloseNow() }() // the end of one is the end of the other
	there.SetReadLimit(maxEvent)
	ctx := here.CloseRead(w.ctx) // answers pings, and ends with the service's side
	for late := []byte(nil); ; {
		w.pace.wait(ctx)
		_, event, err := there.Read(ctx)
		if err != nil {
			return
		}
		for _, message := range w.told(event, &late) {
			if err := here.Write(ctx, websocket.MessageText, message); err != nil {
				return
			}
		}
	}
}

// dial connects, with a small buffer if events are to be slow: what waits in it is not missed by who sends it.
func (p *pace) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	p.mu.Lock()
	defer p.mu.Unlock()
	if tcp, ok := conn.(*net.TCPConn); ok && p.each > 0 {
		err = tcp.SetReadBuffer(2 << 10)
	}
	return conn, err
}

// elsewhere ends the name of an event that is not of a snoop or recording of the site's.
const elsewhere = " elsewhere"

// told is what the service gets to hear in the event's place.
func (w *ARIWire) told(event []byte, late *[]byte) (messages [][]byte) {
	var e struct{ Type string }
	if err := json.Unmarshal(event, &e); err != nil {
		return [][]byte{event}
	}
	what := e.Type
	if !w.ours.Match(event) {
		what += elsewhere
	}
	switch w.decide(Step{what, Told}).Kind {
	case Lose:
	case Late:
		if *late != nil {
			messages = append(messages, *late)
		}
		*late = event
		return messages
	case Twice:
		messages = append(messages, event, event)
	default:
		messages = append(messages, event)
	}
	if *late != nil {
		messages, *late = append(messages, *late), nil
	}
	return messages
}
