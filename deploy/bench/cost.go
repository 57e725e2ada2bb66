package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ari-recorder/deploy/bench/rivals"
	"ari-recorder/deploy/lab"
)

const (
	costCalls = 100              // calls that music answers, each recorded so many times
	costTerm  = 10 * time.Second // over which Asterisk is watched
)

// costTimes are how often each call is recorded at once: Asterisk cannot carry more calls here, and does not care whose the
// recordings are.
var costTimes = []int{0, 1, 4}

// cost measures what a running recording costs Asterisk itself: a snoop channel that records, and MixMonitor.
func (b *bench) cost(ctx context.Context) (err error) {
	at, err := openOffice(ctx, lab.AsteriskOptions{SessionLimit: sessions, AMI: true})
	if err != nil {
		return err
	}
	defer join(&err, at.close)
	c := &callers{pbx: at.pbx}
	defer join(&err, c.hangUp)
	if err := c.grow(ctx, costCalls); err != nil {
		return err
	}
	b.print("what recordings cost Asterisk, on %d calls:", costCalls)
	for _, way := range []struct {
		name string
		open func() (rivals.Rival, error)
		of   func(lab.Leg) string
	}{
		{"snoop and record", func() (rivals.Rival, error) { return rivals.Bare(ctx, at.pbx) }, byUniqueID},
		{"MixMonitor", func() (rivals.Rival, error) { return rivals.MixMonitor(ctx, at.pbx) }, byName},
	} {
		rival, err := way.open()
		if err != nil {
			return err
		}
		defer join(&err, rival.Close)
		for _, times := range costTimes {
			if err := b.costOf(ctx, at.pbx, way.name, rival, c.legs(), times, way.of); err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
		}
	}
	return nil
}

// costOf watches Asterisk while each leg is recorded so many times.
func (b *bench) costOf(ctx context.Context, pbx *lab.Asterisk, name string, rival rivals.Rival, legs []lab.Leg, times int, of func(lab.Leg) string) error {
	pid, err := pbx.PID()
	if err != nil {
		return err
	}
	ends, err := startAll(ctx, rival, legs, times, of)
	if err == nil {
		var before, after usage
		before, err = usageOf(pid)
		select {
		case <-time.After(costTerm):
		case <-ctx.Done():
		}
		var late error
		after, late = usageOf(pid)
		err = errors.Join(err, late)
		cores := (after.cpu - before.cpu).Seconds() / costTerm.Seconds()
		b.print("  %-16s %3d recordings  %.2f of a core  %3d threads  %4.0f MiB", name, times*len(legs), cores, after.threads, after.resident)
		b.keep(result{What: "cost to Asterisk", Of: name, AtOnce: times * len(legs), Cores: cores, Threads: after.threads, MiB: after.resident})
	}
	for _, end := range ends {
		err = errors.Join(err, end(ctx))
	}
	return err
}

// startAll records each leg so many times.
func startAll(ctx context.Context, rival rivals.Rival, legs []lab.Leg, times int, of func(lab.Leg) string) (ends []func(context.Context) error, err error) {
	for range times {
		began, errs := make([]func(context.Context) error, len(legs)), make([]error, len(legs))
		var all sync.WaitGroup
		for i, leg := range legs {
			all.Go(func() { began[i], errs[i] = rival.Start(ctx, of(leg)) })
		}
		all.Wait()
		for i, end := range began {
			if errs[i] == nil {
				ends = append(ends, end)
			}
		}
		if err := errors.Join(errs...); err != nil {
			return ends, err
		}
	}
	return ends, nil
}
