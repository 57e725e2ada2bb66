package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"

	"ari-recorder/deploy/lab"
)

// bare speaks to Asterisk with nothing in between: one HTTP client, one websocket. It is the peer of a start.
type bare struct {
	pbx    *lab.Asterisk
	client *http.Client
	events *websocket.Conn
	count  int
}

const bareApplication = "bare-bench"

func newBare(ctx context.Context, pbx *lab.Asterisk) (*bare, error) {
	address := strings.Replace(pbx.URL, "http", "ws", 1) + "/events?app=" + bareApplication
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
	return &bare{pbx: pbx, client: &http.Client{}, events: events}, nil
}

func (b *bare) close() error { return b.events.CloseNow() }

// start goes through snoop, StasisStart, record, RecordingStarted, and returns the snoop channel's id.
func (b *bare) start(ctx context.Context, channel string) (string, error) {
	b.count++
	id := fmt.Sprintf("%s-%d", bareApplication, b.count)
	snoop := url.Values{"app": {bareApplication}, "spy": {"both"}}
	if err := b.call(ctx, http.MethodPost, "/channels/"+url.PathEscape(channel)+"/snoop/"+id, snoop); err != nil {
		return "", err
	}
	if err := b.await(ctx, "StasisStart"); err != nil {
		return "", err
	}
	record := url.Values{"name": {id}, "format": {"wav"}, "ifExists": {"fail"}}
	if err := b.call(ctx, http.MethodPost, "/channels/"+id+"/record", record); err != nil {
		return "", err
	}
	return id, b.await(ctx, "RecordingStarted")
}

// stop hangs up the snoop channel and deletes what was recorded.
func (b *bare) stop(ctx context.Context, id string) error {
	if err := b.call(ctx, http.MethodDelete, "/channels/"+id, nil); err != nil {
		return err
	}
	if err := b.await(ctx, "StasisEnd"); err != nil {
		return err
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

// await reads events until one of the type comes.
func (b *bare) await(ctx context.Context, kind string) error {
	for {
		_, text, err := b.events.Read(ctx)
		if err != nil {
			return err
		}
		var event struct{ Type string }
		if err := json.Unmarshal(text, &event); err != nil {
			return err
		}
		if event.Type == kind {
			return nil
		}
	}
}
