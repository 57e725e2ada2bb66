package main

import (
	"context"
	"errors"
	"os"
	"time"

	"ari-recorder/deploy/lab"
)

// idleTerm is how long the service is watched while nothing happens.
const idleTerm = 20 * time.Second

// idle measures the program's size, how soon the service is ready beside an Asterisk that is up, and what it holds and uses
// while nothing happens.
func (b *bench) idle(ctx context.Context) (err error) {
	if err := lab.Install(ctx, os.Stderr, lab.RootAsterisk); err != nil {
		return err
	}
	pbx, err := lab.StartAsterisk(ctx, lab.AsteriskOptions{})
	if err != nil {
		return err
	}
	defer join(&err, pbx.Close)
	p, err := b.beside(ctx, pbx, "idle", "")
	if err != nil {
		return err
	}
	defer join(&err, p.end)
	program, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	fresh, err := usageOf(p.PID())
	if err != nil {
		return err
	}
	select {
	case <-time.After(idleTerm):
	case <-ctx.Done():
		return ctx.Err()
	}
	later, err := usageOf(p.PID())
	if err != nil {
		return err
	}
	size, cores := float64(program.Size())/(1<<20), (later.cpu-fresh.cpu).Seconds()/idleTerm.Seconds()
	b.print("program of %.1f MiB, ready %.0f ms after it was started; idle it holds %.1f MiB and uses %.2f %% of a core",
		size, milliseconds(p.took), later.resident, 100*cores)
	b.keep(result{What: "program", Of: "ari-recorder", MiB: size})
	b.keep(result{What: "ready", Of: "ari-recorder", MedianMS: milliseconds(p.took)})
	b.keep(result{What: "idle", Of: "ari-recorder", MiB: later.resident, Cores: cores})
	if p.took.Seconds() > 1 || later.resident > 40 {
		return errors.New("it is to be ready within 1 s and to hold less than 40 MiB")
	}
	return nil
}
