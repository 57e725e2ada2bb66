package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"ari-recorder/deploy/lab"
)

// start measures a start on a live call over the legacy API, by party and mixed, on SQLite and on MariaDB, beside the
// bare ARI sequence on the same call: one of each in turn, so that all suffer the same noise.
func (b *bench) start(ctx context.Context) (err error) {
	at, err := openOffice(ctx, lab.AsteriskOptions{})
	if err != nil {
		return err
	}
	defer join(&err, at.close)
	peer, err := newBare(ctx, at.pbx)
	if err != nil {
		return err
	}
	defer join(&err, peer.close)
	contestants := []contestant{{"bare ARI", func(ctx context.Context, _ string) (func() error, error) {
		id, err := peer.start(ctx, at.call.Callee.ID)
		return func() error { return peer.stop(ctx, id) }, err
	}}}
	for _, on := range []struct{ name, database, capture string }{
		{"SQLite", "", "parties"}, {"MariaDB", at.db.URL, "parties"}, {"SQLite", "", "mixed"}, {"MariaDB", at.db.URL, "mixed"},
	} {
		p, err := b.beside(ctx, at.pbx, on.name+"-"+on.capture, on.database, "RECORDING_CAPTURE="+on.capture)
		if err != nil {
			return err
		}
		defer join(&err, p.end)
		contestants = append(contestants, contestant{on.capture + " on " + on.name, p.starter(at.call.Callee.ID)})
	}
	return b.race(ctx, contestants)
}

// contestant starts a recording and returns how to end it; only the start is timed.
type contestant struct {
	name  string
	start func(ctx context.Context, tag string) (end func() error, err error)
}

// race lets everybody start in turn and prints the times.
func (b *bench) race(ctx context.Context, contestants []contestant) error {
	times := make([][]time.Duration, len(contestants))
	for round := range b.rounds + 20 { // the first ones warm up caches and connections
		for i, c := range contestants {
			began := time.Now()
			end, err := c.start(ctx, fmt.Sprintf("%d-%d", i, round))
			took := time.Since(began)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if err := end(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round >= 20 {
				times[i] = append(times[i], took)
			}
		}
	}
	b.print("start on a live call, %d of each in turn:", b.rounds)
	bare := percentile(times[0], 50)
	for i, c := range contestants {
		median := percentile(times[i], 50)
		b.print("  %-24s median %6.2f ms  p95 %6.2f ms  p99 %6.2f ms  %.2f × bare ARI", c.name,
			milliseconds(median), milliseconds(percentile(times[i], 95)), milliseconds(percentile(times[i], 99)), float64(median)/float64(bare))
	}
	return nil
}

func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// runner is a service beside the Asterisk, with its folder.
type runner struct {
	*process
	folder string
	client *http.Client
}

func (b *bench) beside(ctx context.Context, pbx *lab.Asterisk, name, database string, more ...string) (*runner, error) {
	folder, err := os.MkdirTemp("", "ari-recorder-bench-")
	if err != nil {
		return nil, err
	}
	more = append(more, append(settings(pbx), "ASTERISK_APPLICATION=bench-"+name, "INSTANCE=bench-"+name)...)
	if database != "" {
		more = append(more, "DATABASE_URL="+database)
	}
	p, err := b.launch(ctx, folder, more...)
	return &runner{p, folder, &http.Client{}}, err
}

// settings lead the service to the Asterisk.
func settings(pbx *lab.Asterisk) []string {
	return []string{"ASTERISK_URL=" + pbx.URL, "ASTERISK_USERNAME=" + pbx.Username, "ASTERISK_PASSWORD=" + pbx.Password}
}

func (r *runner) end() error {
	if err := r.close(); err != nil {
		return err
	}
	return os.RemoveAll(r.folder)
}

// starter asks the legacy API as a CRM does, on a connection that is kept alive.
func (r *runner) starter(channel string) func(context.Context, string) (func() error, error) {
	return func(ctx context.Context, tag string) (func() error, error) {
		err := r.ask(ctx, url.Values{"method": {"start"}, "extenOrUniqueId": {channel}, "tag": {tag}})
		return func() error {
			return r.ask(ctx, url.Values{"method": {"stop"}, "extenOrUniqueId": {channel}})
		}, err
	}
}

func (r *runner) ask(ctx context.Context, query url.Values) error {
	_, err := fetch(ctx, r.client, r.URL+"/servicemanager/services/njadmin-api-recording?"+query.Encode(), io.Discard)
	return err
}
