package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"ari-recorder/deploy/lab"
)

const (
	endCalls   = 10               // that are recorded at once, and hung up one after the other
	endRounds  = 4                // of so many calls
	endLength  = 10 * time.Second // of each recording, at least
	mostToWait = 10 * time.Second
)

// end measures how long it takes from the end of a call until its recording can be retrieved, by party and mixed, on MariaDB. It
// is asked for over and over, as an impatient CRM would.
func (b *bench) end(ctx context.Context) (err error) {
	at, err := openOffice(ctx, lab.AsteriskOptions{SessionLimit: sessions})
	if err != nil {
		return err
	}
	defer join(&err, at.close)
	b.print("from hang-up to retrievable, recordings of %.0f s, %d of each:", endLength.Seconds(), endCalls*endRounds)
	for _, capture := range []string{"mixed", "parties"} {
		if err := b.ends(ctx, at, capture); err != nil {
			return fmt.Errorf("%s: %w", capture, err)
		}
	}
	return nil
}

func (b *bench) ends(ctx context.Context, at *office, capture string) (err error) {
	database, err := at.db.NewDatabase(ctx)
	if err != nil {
		return err
	}
	p, err := b.beside(ctx, at.pbx, "end-"+capture, database, "RECORDING_CAPTURE="+capture)
	if err != nil {
		return err
	}
	defer join(&err, p.end)
	var took []time.Duration
	for round := range endRounds {
		more, err := p.hangUps(ctx, at.pbx, fmt.Sprint(capture, round))
		if err != nil {
			return err
		}
		took = append(took, more...)
	}
	b.print("  %-8s median %6.1f ms  p95 %6.1f ms  p99 %6.1f ms", capture,
		milliseconds(percentile(took, 50)), milliseconds(percentile(took, 95)), milliseconds(percentile(took, 99)))
	b.keep(result{What: "end to retrievable", Of: capture, MedianMS: milliseconds(percentile(took, 50)), P99MS: milliseconds(percentile(took, 99))})
	return nil
}

// hangUps records some calls and hangs them up one by one.
func (r *runner) hangUps(ctx context.Context, pbx *lab.Asterisk, tag string) (took []time.Duration, err error) {
	calls := make([]*lab.Call, endCalls)
	for i := range calls {
		if calls[i], err = pbx.Call(ctx, lab.CallOptions{From: fmt.Sprint(411 + i%9), To: fmt.Sprint(411 + (i+1)%9)}); err != nil {
			return nil, err
		}
		defer join(&err, calls[i].Close)
		if _, err := r.start(ctx, calls[i].Callee, fmt.Sprintf("%s-%d", tag, i)); err != nil {
			return nil, err
		}
	}
	select {
	case <-time.After(endLength):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for i, call := range calls {
		began := time.Now() // the phone is told to hang up: what it takes to is in the figure
		if err := call.HangUp(ctx); err != nil {
			return nil, err
		}
		if err := r.retrievable(ctx, fmt.Sprintf("%s-%d", tag, i)); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// retrievable returns when the audio with the tag is handed out.
func (r *runner) retrievable(ctx context.Context, tag string) error {
	ctx, cancel := context.WithTimeout(ctx, mostToWait)
	defer cancel()
	query := url.Values{"method": {"retrieve"}, "tag": {tag}, "username": {"bench"}, "format": {"wav"}}
	address := r.URL + "/servicemanager/services/njadmin-api-recording?" + query.Encode()
	for {
		_, err := fetch(ctx, r.client, address, drain{})
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}
