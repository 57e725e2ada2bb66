// Command phones lets six phones of a stack talk with each other all day, in pairs, so that there is always something to record. The environment
// says which Asterisk is theirs; see lab.NamedElsewhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"ari-recorder/deploy/lab"
)

// pairs leave phones 410 to 413 to those who want to call by themselves, such as the end-to-end tests.
var pairs = [][2]string{{"414", "415"}, {"416", "417"}, {"418", "419"}}

// rest is how long a pair waits after a call that failed.
const rest = 2 * time.Second

func main() {
	talk := flag.Duration("talk", 20*time.Second, "how long each call is")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *talk)
	stop()
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "phones:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, talk time.Duration) (err error) {
	where, err := lab.NamedElsewhere()
	if err != nil {
		return err
	}
	pbx, err := lab.Join(ctx, where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pbx.Close()) }()
	var all sync.WaitGroup
	for _, pair := range pairs {
		all.Go(func() { callAllDay(ctx, out, pbx, lab.CallOptions{From: pair[0], To: pair[1]}, talk) })
	}
	all.Wait()
	return nil
}

// callAllDay places one call after the other; one that fails is told and does not keep the next from being tried.
func callAllDay(ctx context.Context, out io.Writer, pbx *lab.Asterisk, who lab.CallOptions, talk time.Duration) {
	for ctx.Err() == nil {
		if err := call(ctx, out, pbx, who, talk); err != nil && ctx.Err() == nil {
			say(out, "%s calls %s: %v", who.From, who.To, err)
			wait(ctx, rest)
		}
	}
}

func call(ctx context.Context, out io.Writer, pbx *lab.Asterisk, who lab.CallOptions, talk time.Duration) (err error) {
	setup, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c, err := pbx.Call(setup, who)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	say(out, "%s talks with %s for %v: tones of %.0f and %.0f Hz, uniqueids %s and %s", who.From, who.To, talk, c.Caller.Tone, c.Callee.Tone, c.Caller.ID, c.Callee.ID)
	wait(ctx, talk)
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// say tells on out; that nobody may hear it is no fault of a call.
func say(out io.Writer, format string, values ...any) {
	_, _ = fmt.Fprintf(out, time.Now().Format(time.TimeOnly)+" "+format+"\n", values...)
}
