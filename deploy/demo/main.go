// Command demo shows the product on a machine that has nothing yet: it installs the lab, starts a real Asterisk with two
// phones and the service beside it, records a call and listens to the result.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ari-recorder/deploy/lab"
)

func main() {
	once := flag.Bool("once", false, "end when the recording was heard; exit 0 only if both voices are in it")
	binary := flag.String("binary", "bin/ari-recorder", "the service's program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := show(ctx, *binary, *once)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// show goes through the demo and takes down whatever it has put up.
func show(ctx context.Context, binary string, once bool) (err error) {
	d := &demo{out: os.Stdout, binary: binary}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if err := d.record(ctx); err != nil {
		return err
	}
	if err := d.listen(ctx); err != nil || once {
		return err
	}
	return d.play(ctx)
}

// prepare puts up Asterisk and the service.
func (d *demo) prepare(ctx context.Context) (err error) {
	d.step("Install what is missing: a real Asterisk 22 with phones, in a folder of its own")
	if err := lab.Install(ctx, d.out, lab.RootAsterisk); err != nil {
		return err
	}
	d.step("Start Asterisk")
	if d.pbx, err = lab.StartAsterisk(ctx, lab.AsteriskOptions{}); err != nil {
		return err
	}
	d.say("ARI is at %s", d.pbx.URL)
	d.step("Start ari-recorder beside it: SQLite and a folder, nothing to set but where Asterisk is")
	return d.serve(ctx)
}
