// Command bench measures the service beside what a user would pick instead, in one run on one machine, prints ratios, and holds them against the
// targets: a start beside the bare ARI sequence, MixMonitor and a plain program, alone and beside as many other recordings as Asterisk carries; a download
// beside nginx and base64; what a recording costs Asterisk; events; a list's last page beside its first; memory; the time to be ready; and how long
// many running recordings take to be looked after when the connection to Asterisk is back. What was tried and dropped is in TRIED.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// bench is what all measurements share.
type bench struct {
	out    io.Writer
	binary string
	rounds int
	size   int64 // bytes of the large recording
	rows   int   // recordings of which lists are made
	open   int   // recordings that run when the service is connected anew
	stored int   // and those that are in the archive

	json    string // file for the results; "" for none
	results []result
	opened  int // services, so far
}

func main() {
	b := &bench{out: os.Stdout}
	flag.StringVar(&b.binary, "binary", "bin/ari-recorder", "the service's program")
	flag.IntVar(&b.rounds, "rounds", 300, "starts of each kind")
	flag.Int64Var(&b.size, "size", 1<<30, "bytes of the large recording")
	flag.IntVar(&b.rows, "rows", 5_000_000, "recordings of which lists are made")
	flag.IntVar(&b.open, "open", 10_000, "recordings that run while the connection to Asterisk is lost")
	flag.IntVar(&b.stored, "stored", 100_000, "recordings beside them in the archive")
	flag.StringVar(&b.json, "json", "", "file to which the figures are written as JSON, too")
	only := flag.String("only", "", "run these measurements, separated by commas: idle, start, load, end, cost, retrieve, range, events, list or reconcile")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := errors.Join(b.run(ctx, *only), b.save())
	b.verdict()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, only string) error {
	if err := b.machine(); err != nil {
		return err
	}
	for _, m := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"idle", b.idle},
		{"start", b.start},
		{"load", b.load},
		{"end", b.end},
		{"cost", b.cost},
		{"retrieve", b.retrieve},
		{"range", b.audioByRange},
		{"events", b.events},
		{"list", b.list},
		{"reconcile", b.reconcile},
	} {
		if only != "" && !slices.Contains(strings.Split(only, ","), m.name) {
			continue
		}
		if err := m.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// print writes a line of the report.
func (b *bench) print(format string, args ...any) {
	if _, err := fmt.Fprintf(b.out, format+"\n", args...); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// join closes something at the end of a measurement and lets its error be known.
func join(err *error, c func() error) { *err = errors.Join(*err, c()) }
