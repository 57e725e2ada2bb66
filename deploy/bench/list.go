package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

// listSettings let all rows and indexes stay in memory, about 8 GiB for five million, so that it is plans that are
// compared and not what happens to be in a cache. The rest is the maker's defaults.
var listSettings = []string{"--innodb-buffer-pool-size=10G", "--innodb-log-file-size=1G", "--skip-innodb-doublewrite"}

const (
	pageSize  = 50
	pageDepth = 100 // the page at which the second kind begins
	lastPages = 100 // how many pages before the end the deepest ones begin
)

// list measures a page of a list at its beginning, a hundred pages on, in its middle and at its end, on a MariaDB with
// millions of recordings.
func (b *bench) list(ctx context.Context) (err error) {
	if err := lab.Install(ctx, os.Stderr, lab.RootMariaDB); err != nil {
		return err
	}
	db, err := lab.StartMariaDB(ctx, lab.DBOptions{Settings: listSettings})
	if err != nil {
		return err
	}
	defer join(&err, db.Close)
	store, err := sqlstore.Open(sqlstore.Options{URL: db.URL})
	if err != nil {
		return err
	}
	defer join(&err, store.Close)
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := fill(ctx, db.URL, b.rows); err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	b.print("lists of %d out of %d recordings on MariaDB with %s (made in %s):",
		pageSize, b.rows, strings.Join(listSettings, " "), time.Since(began).Round(time.Second))
	return b.compareDepths(ctx, store)
}

// listed is a list of which pages are measured.
type listed struct {
	name   string
	filter recording.Filter
	from   int // the number of the oldest recording on it
	to     int // the number of the youngest
	every  int // one in so many of those between is on it
}

func lists(rows int) []listed {
	year := recording.Filter{NotDeleted: true, From: madeAt(rows / 4), To: madeAt(3 * rows / 4)}
	extensionInAYear := year
	extensionInAYear.Extension = largestExtension
	return []listed{
		{"everything", recording.Filter{NotDeleted: true}, 1, rows, 1},
		{"everything, with deleted", recording.Filter{}, 1, rows, 1},
		{"by time, a year", year, rows / 4, 3 * rows / 4, 1},
		{"by tag, the largest", recording.Filter{NotDeleted: true, Tag: largestTag}, 1, rows, everyTag},
		{"by extension, the largest", recording.Filter{NotDeleted: true, Extension: largestExtension}, 1, rows, everyExtension},
		{"the same, with deleted", recording.Filter{Extension: largestExtension}, 1, rows, everyExtension},
		{"by extension and year", extensionInAYear, rows / 4, 3 * rows / 4, everyExtension},
		{"by node, the only one", recording.Filter{NotDeleted: true, Node: "default"}, 1, rows, 1},
		{"by state, failed", recording.Filter{NotDeleted: true, States: []recording.State{recording.Failed}}, 1, rows, everyFailed},
	}
}

// compareDepths prints what each list costs at each depth, beside its first page.
func (b *bench) compareDepths(ctx context.Context, store *sqlstore.Store) error {
	tooSlow := false
	for _, l := range lists(b.rows) {
		times, err := l.measure(ctx, store)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		first := percentile(times[0], 50)
		line := fmt.Sprintf("  %-26s first page %5.2f ms", l.name, milliseconds(first))
		for i, depth := range []string{fmt.Sprint("page ", pageDepth), "middle", "deepest"} {
			median := percentile(times[i+1], 50)
			ratio := float64(median) / float64(first)
			tooSlow = tooSlow || ratio > 2
			line += fmt.Sprintf("  %s %5.2f ms, %.2f ×", depth, milliseconds(median), ratio)
		}
		b.print("%s", line)
	}
	if tooSlow {
		return errors.New("no page is to take more than twice the time of the first")
	}
	return nil
}

// measure reads the first page, and at each other depth one page after the other, in turn, so that all suffer the same
// noise. It ends with the list.
func (l listed) measure(ctx context.Context, store *sqlstore.Store) ([4][]time.Duration, error) {
	var times [4][]time.Duration
	deep, err := skip(ctx, store, l.filter, pageDepth-1)
	if err != nil {
		return times, err
	}
	end := l.from + lastPages*pageSize*l.every
	if end > l.to {
		return times, errors.New("too few pages")
	}
	at := [4]recording.Page{{}, deep, {After: place((l.from + l.to) / 2)}, {After: place(end)}}
	for {
		for i, p := range at {
			p.Limit = pageSize
			began := time.Now()
			found, err := store.List(ctx, l.filter, p)
			took := time.Since(began)
			if err != nil || len(found) < pageSize {
				return times, err
			}
			times[i] = append(times[i], took)
			if i > 0 {
				at[i] = next(found)
			}
		}
	}
}

// skip reads over pages from the beginning and returns the one behind them.
func skip(ctx context.Context, store *sqlstore.Store, f recording.Filter, pages int) (recording.Page, error) {
	at := recording.Page{Limit: pageSize}
	for range pages {
		found, err := store.List(ctx, f, at)
		if err != nil {
			return at, err
		}
		if len(found) < pageSize {
			return at, errors.New("too few pages")
		}
		at = next(found)
	}
	return at, nil
}

func next(found []*recording.Recording) recording.Page {
	last := found[len(found)-1]
	return recording.Page{After: recording.Position{At: last.CreatedAt, Seq: last.Seq}, Limit: pageSize}
}
