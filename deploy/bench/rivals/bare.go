package rivals

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"ari-recorder/deploy/lab"
)

// bare speaks to Asterisk with nothing in between: one HTTP client that keeps its connections, one websocket. What it needs
// is what Asterisk's own interface costs.
type bare struct {
	names
	pbx    *lab.Asterisk
	client *http.Client
	events *websocket.Conn
	ended  chan struct{} // closed when nothing more comes of events

	mu      sync.Mutex
	waiting map[string]chan struct{} // by type of event and name
}

// Bare is the bare ARI sequence: snoop, StasisStart, record, RecordingStarted.
func Bare(ctx context.Context, pbx *lab.Asterisk) (Rival, error) {
	application := prefix("bare")
	address := strings.Replace(pbx.URL, "http", "ws", 1) + "/events?app=" + application
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(pbx.Username, pbx.Password)
	events, response, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPHeader: request.Header})
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if response.Body != nil {
		_ = response.Body.Close() // a hijacked connection has none to speak of
	}
	events.SetReadLimit(1 << 20)
	b := &bare{
		names: names{prefix: application}, pbx: pbx, events: events, ended: make(chan struct{}), waiting: make(map[string]chan struct{}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: patience},
	}
	go b.listen(ctx)
	return b, nil
}

const (
	connections = 128 // that a client keeps, one for each that may start at once
	patience    = 10 * time.Second
)

// Close returns when nothing is left of the client.
func (b *bare) Close() error {
	err := b.events.CloseNow()
	<-b.ended
	b.client.CloseIdleConnections()
	return err
}

// Start goes through the sequence.
func (b *bare) Start(ctx context.Context, channel string) (func(context.Context) error, error) {
	id := b.next()
	entered, started := b.expect("StasisStart", id), b.expect("RecordingStarted", id)
	snoop := url.Values{"app": {b.prefix}, "spy": {"both"}}
	if err := b.call(ctx, http.MethodPost, "/channels/"+url.PathEscape(channel)+"/snoop/"+id, snoop); err != nil {
		return nil, err
	}
	if err := b.await(ctx, entered); err != nil {
		return nil, fmt.Errorf("no StasisStart: %w", err)
	}
	record := url.Values{"name": {id}, "format": {"wav"}, "ifExists": {"fail"}}
	if err := b.call(ctx, http.MethodPost, "/channels/"+id+"/record", record); err != nil {
		return nil, err
	}
	if err := b.await(ctx, started); err != nil {
		return nil, fmt.Errorf("no RecordingStarted: %w", err)
	}
	return func(ctx context.Context) error { return b.end(ctx, id) }, nil
}

// end hangs up the snoop channel and deletes what was recorded.
func (b *bare) end(ctx context.Context, id string) error {
	left := b.expect("StasisEnd", id)
	if err := b.call(ctx, http.MethodDelete, "/channels/"+id, nil); err != nil {
		return err
	}
	if err := b.await(ctx, left); err != nil {
		return fmt.Errorf("no StasisEnd: %w", err)
	}
	return b.call(ctx, http.MethodDelete, "/recordings/stored/"+id, nil)
}

func (b *bare) call(ctx context.Context, method, path string, query url.Values) error {
	request, err := http.NewRequestWithContext(ctx, method, b.pbx.URL+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	request.SetBasicAuth(b.pbx.Username, b.pbx.Password)
	response, err := b.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	words, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, path, response.Status, words)
	}
	return err
}

// expect returns a channel that is closed when the event comes. It is asked for before what causes the event.
func (b *bare) expect(kind, name string) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	came := make(chan struct{})
	b.waiting[kind+" "+name] = came
	return came
}

func (b *bare) await(ctx context.Context, came chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-came:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listen hands events to those who expect them, until the websocket is closed.
func (b *bare) listen(ctx context.Context) {
	defer close(b.ended)
	for {
		_, text, err := b.events.Read(ctx)
		if err != nil {
			return
		}
		var event struct {
			Type      string
			Channel   struct{ ID string }
			Recording struct{ Name string }
		}
		if json.Unmarshal(text, &event) != nil {
			continue
		}
		b.mu.Lock()
		key := event.Type + " " + event.Channel.ID + event.Recording.Name
		if came, expected := b.waiting[key]; expected {
			close(came)
			delete(b.waiting, key)
		}
		b.mu.Unlock()
	}
}
