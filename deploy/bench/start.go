package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ari-recorder/deploy/bench/rivals"
	"ari-recorder/deploy/lab"
)

// start measures starts on a live call of two phones over the legacy API, one at a time, and then on calls that music answers,
// more and more at once: by party and mixed, on SQLite and on MariaDB, beside what else records a call.
func (b *bench) start(ctx context.Context) (err error) {
	at, err := openOffice(ctx, lab.AsteriskOptions{SessionLimit: sessions, AMI: true})
	if err != nil {
		return err
	}
	defer join(&err, at.close)
	b.print("start on a live call of two phones, one at a time, %d of each:", b.rounds)
	if err := b.races(ctx, at, "start of two phones", []lab.Leg{at.call.Callee}, b.rounds); err != nil {
		return err
	}
	c := &callers{pbx: at.pbx}
	defer join(&err, c.hangUp)
	for _, size := range together {
		if err := c.grow(ctx, size); err != nil {
			return err
		}
		rounds := max(b.rounds/size, leastRounds)
		b.print("start on calls that music answers, %d at once, %d times each:", size, rounds)
		if err := b.races(ctx, at, "start", c.legs(), rounds); err != nil {
			return fmt.Errorf("%d at once: %w", size, err)
		}
	}
	return nil
}

const (
	sessions    = 2000 // HTTP connections that the Asterisk takes, more than all contestants together keep
	warming     = 3    // rounds that are not counted: they fill caches and open connections
	leastRounds = 10
)

// together are how many starts are made at once.
var together = []int{1, 8, 32, 128}

// entrant is one who can take part in a race.
type entrant struct {
	name string
	open func(context.Context) (contestant, error)
}

// contestant starts a recording and returns how to end it; only the start is timed. It is calm when nothing of what it did
// goes on behind the others' backs. A start that it refuses because too much is asked of it returns errRefused.
type contestant struct {
	start func(ctx context.Context, leg lab.Leg, tag string) (end func(context.Context) error, err error)
	calm  func(context.Context) error
	close func() error
}

// plainWithRows is the plain program on ari/v6 that writes the rows that the service writes.
const plainWithRows = "… with rows on MariaDB"

var errRefused = errors.New("refused")

// heats are who runs against each other, by turns, so that all suffer the same noise. The bare sequence is in each of them, and
// what the others are measured by; the plain program that writes rows is, too. There is one service in each: it listens to all that happens in
// Asterisk, and would slow the others down.
func (b *bench) heats(at *office) [][]entrant {
	bare := entrant{"bare ARI", func(ctx context.Context) (contestant, error) {
		return outsider(byUniqueID)(rivals.Bare(ctx, at.pbx))
	}}
	plain := entrant{plainWithRows, func(ctx context.Context) (contestant, error) {
		database, err := at.db.NewDatabase(ctx)
		if err != nil {
			return contestant{}, err
		}
		return outsider(byUniqueID)(rivals.Plain(ctx, at.pbx, database))
	}}
	heats := [][]entrant{{
		bare,
		{"AMI MixMonitor", func(ctx context.Context) (contestant, error) { return outsider(byName)(rivals.MixMonitor(ctx, at.pbx)) }},
		{"plain ari/v6", func(ctx context.Context) (contestant, error) {
			return outsider(byUniqueID)(rivals.Plain(ctx, at.pbx, ""))
		}},
		plain,
	}}
	for _, capture := range []string{"mixed", "parties"} {
		for _, on := range []struct {
			name string
			url  func(context.Context) (string, error)
		}{{"SQLite", func(context.Context) (string, error) { return "", nil }}, {"MariaDB", at.db.NewDatabase}} {
			heats = append(heats, []entrant{bare, plain, {capture + " on " + on.name, func(ctx context.Context) (contestant, error) {
				database, err := on.url(ctx)
				if err != nil {
					return contestant{}, err
				}
				b.opened++ // each time it is a new one, which knows nothing of the former's recordings
				p, err := b.beside(ctx, at.pbx, fmt.Sprintf("%s-%s-%d", on.name, capture, b.opened), database, "RECORDING_CAPTURE="+capture)
				if err != nil {
					return contestant{}, err
				}
				return contestant{p.start, p.calm, p.end}, nil
			}}})
		}
	}
	return heats
}

// outsider lets a rival take part, who is told of a call by its uniqueid or its channel's name.
func outsider(of func(lab.Leg) string) func(rivals.Rival, error) (contestant, error) {
	return func(r rivals.Rival, err error) (contestant, error) {
		if err != nil {
			return contestant{}, err
		}
		return contestant{func(ctx context.Context, leg lab.Leg, _ string) (func(context.Context) error, error) {
			return r.Start(ctx, of(leg))
		}, func(context.Context) error { return nil }, r.Close}, nil
	}
}

func byUniqueID(leg lab.Leg) string { return leg.ID }
func byName(leg lab.Leg) string     { return leg.Name }

// races runs all heats on the legs.
func (b *bench) races(ctx context.Context, at *office, what string, legs []lab.Leg, rounds int) error {
	for i, heat := range b.heats(at) {
		if err := b.race(ctx, heat, what, i == 0, legs, rounds); err != nil {
			return err
		}
	}
	return nil
}

// race lets everybody in turn start recordings of all the legs at once, and prints the times; those of the ones that are in every heat only
// if it is told to.
func (b *bench) race(ctx context.Context, heat []entrant, what string, first bool, legs []lab.Leg, rounds int) (err error) {
	field := make([]contestant, len(heat))
	for i, e := range heat {
		if field[i], err = e.open(ctx); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		defer join(&err, field[i].close)
	}
	laps := make([]laps, len(heat))
	for round := range rounds + warming {
		for i, c := range field {
			took, whole, err := c.burst(ctx, legs, fmt.Sprintf("%d of %d round %d", i, len(legs), round))
			if err != nil {
				return fmt.Errorf("%s: %w", heat[i].name, err)
			}
			if round >= warming {
				laps[i].times, laps[i].bursts = append(laps[i].times, took...), append(laps[i].bursts, whole)
				laps[i].refused += len(legs) - len(took)
			}
		}
	}
	rival := 0.0
	for i, e := range heat {
		if e.name == plainWithRows {
			rival = milliseconds(percentile(laps[i].times, 50))
		}
		if first || i == len(heat)-1 {
			b.rank(what, e.name, len(legs), laps[i], laps[0], rival)
		}
	}
	return nil
}

// laps are what one contestant's bursts came to.
type laps struct {
	times   []time.Duration // of each start
	bursts  []time.Duration // until all of a burst had begun
	refused int
}

// rank prints and keeps what a contestant took, beside bare ARI and, in milliseconds, the plain program; 0 if that has not run before it.
func (b *bench) rank(what, name string, size int, l, bare laps, rival float64) {
	r := result{
		What: what, Of: name, AtOnce: size, MedianMS: milliseconds(percentile(l.times, 50)), P99MS: milliseconds(percentile(l.times, 99)),
		PerSecond: rate(size, l.bursts), Refused: l.refused, Beside: "bare ARI",
	}
	bareMedian, bareRate := milliseconds(percentile(bare.times, 50)), rate(size, bare.bursts)
	r.Ratio, r.RateRatio = r.MedianMS/bareMedian, r.PerSecond/bareRate
	if name != plainWithRows {
		r.Rival = rival
	}
	b.print("  %-24s median %7.2f ms  p95 %7.2f ms  p99 %7.2f ms  %5.0f a second; by bare ARI's of %.2f ms and %.0f a second: %.2f ×, %.0f %%%s%s", name,
		r.MedianMS, milliseconds(percentile(l.times, 95)), r.P99MS, r.PerSecond, bareMedian, bareRate, r.Ratio, 100*r.RateRatio, besidePlain(r.Rival), saying(l.refused))
	b.keep(r)
}

func besidePlain(rival float64) string {
	if rival == 0 {
		return ""
	}
	return fmt.Sprintf("; the plain program with rows %.2f ms", rival)
}

func saying(refused int) string {
	if refused == 0 {
		return ""
	}
	return fmt.Sprintf("; %d refused", refused)
}

// rate is how many starts a second the median burst comes to.
func rate(size int, bursts []time.Duration) float64 {
	return float64(size) / percentile(bursts, 50).Seconds()
}

// burst starts recordings of all legs at once and ends them. It returns how long each start took that was not refused, and
// all of them.
func (c contestant) burst(ctx context.Context, legs []lab.Leg, tag string) (took []time.Duration, whole time.Duration, err error) {
	took = make([]time.Duration, len(legs))
	ends, errs := make([]func(context.Context) error, len(legs)), make([]error, len(legs))
	all := func(work func(i int)) {
		var running sync.WaitGroup
		for i := range legs {
			running.Go(func() { work(i) })
		}
		running.Wait()
	}
	began := time.Now()
	all(func(i int) {
		from := time.Now()
		ends[i], errs[i] = c.start(ctx, legs[i], fmt.Sprintf("%s leg %d", tag, i))
		took[i] = time.Since(from)
	})
	whole = time.Since(began)
	var granted []time.Duration
	for i, err := range errs {
		if err == nil {
			granted = append(granted, took[i])
		} else if !errors.Is(err, errRefused) {
			return nil, 0, err
		}
	}
	if len(granted) == 0 {
		return nil, 0, errors.New("everything was refused")
	}
	all(func(i int) {
		if errs[i] == nil {
			errs[i] = ends[i](ctx)
		} else {
			errs[i] = nil
		}
	})
	return granted, whole, errors.Join(append(errs, c.calm(ctx))...)
}

func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// runner is a service beside the Asterisk, with its folder.
type runner struct {
	*process
	folder      string
	spool       string // Asterisk's folder of recordings
	application string
	client      *http.Client
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
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: slices.Max(together)}, Timeout: 20 * time.Second}
	return &runner{p, folder, pbx.RecordingDir, "bench-" + name, client}, err
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

// start asks the legacy API as a CRM does, on a connection that is kept alive.
func (r *runner) start(ctx context.Context, leg lab.Leg, tag string) (func(context.Context) error, error) {
	err := r.ask(ctx, url.Values{"method": {"start"}, "extenOrUniqueId": {leg.ID}, "tag": {tag}})
	if err != nil && strings.HasPrefix(err.Error(), "503 ") {
		err = fmt.Errorf("%w: %w", errRefused, err)
	}
	return func(ctx context.Context) error {
		return r.ask(ctx, url.Values{"method": {"stop"}, "extenOrUniqueId": {leg.ID}})
	}, err
}

// calm waits until everything that has ended is filed, and removes what Asterisk keeps of recordings that were too short to hold audio: it
// looks through its whole folder whenever it is asked for a file.
func (r *runner) calm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var list strings.Builder
		_, err := fetch(ctx, r.client, r.URL+"/v1/recordings?limit=1&state=stopping,archiving", &list)
		if err != nil {
			return err
		}
		if strings.Contains(list.String(), `"recordings":[]`) {
			return r.removeHollow()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *runner) removeHollow() (err error) {
	hollow, err := filepath.Glob(filepath.Join(r.spool, r.application+"-*"))
	for _, file := range hollow {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

func (r *runner) ask(ctx context.Context, query url.Values) error {
	_, err := fetch(ctx, r.client, r.URL+"/servicemanager/services/njadmin-api-recording?"+query.Encode(), io.Discard)
	return err
}
