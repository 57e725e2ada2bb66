package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"ari-recorder/deploy/lab"
)

// loads are how many calls are recorded at once while starts are timed.
var loads = []int{0, 25, 50, 75, 100, 125, 150}

// What a lab's Asterisk still carries: nothing of any call is lost but for a packet or two.
const (
	lossy   = 0.02 // of the longest recording's time that may be missing in it
	atLeast = 5 * time.Second
)

// load measures starts on one call while more and more others are recorded, until Asterisk loses audio.
func (b *bench) load(ctx context.Context) (err error) {
	at, err := openOffice(ctx, lab.AsteriskOptions{SessionLimit: 1000})
	if err != nil {
		return err
	}
	defer join(&err, at.close)
	service, err := b.beside(ctx, at.pbx, "load", at.db.URL)
	if err != nil {
		return err
	}
	defer join(&err, service.end)
	l := &load{bench: b, callers: callers{pbx: at.pbx}, service: service, channel: at.call.Callee.ID}
	defer join(&err, l.hangUp)
	b.print("start on a live call by party on MariaDB, %d each, while others are recorded by party:", b.rounds)
	for _, size := range loads {
		if err := l.grow(ctx, size); err != nil {
			return fmt.Errorf("%d calls: %w", size, err)
		}
		if carried, err := l.measure(ctx); err != nil || !carried {
			return err
		}
	}
	return nil
}

// load is so many calls, with the call on which starts are timed beside them.
type load struct {
	*bench
	callers
	service *runner
	channel string
	idle    time.Duration // the 99th percentile of starts while nothing else was recorded
}

// measure records all calls, times starts meanwhile, and tells whether nothing of any recording was lost.
func (l *load) measure(ctx context.Context) (carried bool, err error) {
	began := time.Now()
	ids := make([]string, len(l.calls))
	for i, call := range l.calls {
		if ids[i], err = l.begin(ctx, call.Caller.ID, fmt.Sprintf("crowd %d of %d", i, len(l.calls))); err != nil {
			return false, err
		}
	}
	known := time.Now()
	var times []time.Duration
	for round := range l.rounds {
		at := time.Now()
		id, err := l.begin(ctx, l.channel, fmt.Sprintf("timed %d beside %d", round, len(l.calls)))
		if err != nil {
			return false, err
		}
		times = append(times, time.Since(at))
		if err := l.post(ctx, "/v1/recordings/"+id+"/stop", nil, nil); err != nil {
			return false, err
		}
	}
	select {
	case <-time.After(atLeast - time.Since(known)):
	case <-ctx.Done():
		return false, ctx.Err()
	}
	asked := time.Now()
	if err := l.stopAll(ctx, ids); err != nil {
		return false, err
	}
	shortest, err := l.shortest(ctx, ids)
	if err != nil {
		return false, err
	}
	p99 := percentile(times, 99)
	if len(ids) == 0 {
		l.idle, shortest = p99, asked.Sub(known)
	}
	lost := max(0, 1-shortest.Seconds()/asked.Sub(known).Seconds())
	l.print("  beside %3d  median %6.2f ms  p99 %6.2f ms  %.2f × p99 of idle; %.1f %% is missing of the recording that lost most, in %.0f s",
		len(ids), milliseconds(percentile(times, 50)), milliseconds(p99), float64(p99)/float64(l.idle), 100*lost, time.Since(began).Seconds())
	return lost <= lossy, nil
}

func (l *load) stopAll(ctx context.Context, ids []string) error {
	errs := make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { errs[i] = l.post(ctx, "/v1/recordings/"+id+"/stop", nil, nil) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// shortest waits until all recordings are stored and returns the length of the shortest.
func (l *load) shortest(ctx context.Context, ids []string) (least time.Duration, err error) {
	for i, id := range ids {
		var d struct {
			State      string
			DurationMS int64 `json:"duration_ms"`
		}
		for d.State != "available" {
			if d.State == "failed" {
				return 0, fmt.Errorf("recording %s has failed", id)
			}
			// The stored recording is told by nothing but its row.
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
				return 0, ctx.Err()
			}
			var text bytes.Buffer
			if _, err := fetch(ctx, l.service.client, l.service.URL+"/v1/recordings/"+id, &text); err != nil {
				return 0, err
			}
			if err := json.Unmarshal(text.Bytes(), &d); err != nil {
				return 0, err
			}
		}
		if length := time.Duration(d.DurationMS) * time.Millisecond; i == 0 || length < least {
			least = length
		}
	}
	return least, nil
}

// begin starts a recording and returns its id.
func (l *load) begin(ctx context.Context, channel, tag string) (string, error) {
	var d struct{ ID string }
	err := l.post(ctx, "/v1/recordings", map[string]string{"channel": channel, "tag": tag}, &d)
	return d.ID, err
}

// post sends a request and reads the answer, whose status must be 200 or 201.
func (l *load) post(ctx context.Context, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.service.URL+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.service.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	if answer == nil {
		answer = new(any)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
