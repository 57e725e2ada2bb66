package main

import (
	"context"
	"errors"
	"os"

	"ari-recorder/deploy/lab"
)

// idle measures how soon the service is ready beside an Asterisk that is up, and what it holds while nothing happens.
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
	holds, err := p.memory("VmRSS")
	if err != nil {
		return err
	}
	b.print("ready %.0f ms after the process was started; idle it holds %.1f MiB", milliseconds(p.took), holds)
	if p.took.Seconds() > 1 || holds > 40 {
		return errors.New("it is to be ready within 1 s and to hold less than 40 MiB")
	}
	return nil
}
