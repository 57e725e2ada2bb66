package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Up runs an Asterisk for a person to play with, with a call from 411 to 410 if withCall, until the context ends. What the person needs to know
// is told on out.
func Up(ctx context.Context, out io.Writer, options AsteriskOptions, withCall bool) (err error) {
	if err := Install(ctx, out, options.roots()...); err != nil {
		return err
	}
	a, err := StartAsterisk(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	about := fmt.Sprintf("Asterisk's ARI is at %s\n  curl -u %s:%s %s/channels\nrecordings appear in %s\n\n%s\n", a.URL, a.Username, a.Password, a.URL, a.RecordingDir, a.Settings())
	if withCall {
		call, err := a.Call(ctx, CallOptions{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, call.Close()) }()
		for _, leg := range []Leg{call.Caller, call.Callee} {
			about += fmt.Sprintf("%s is up: uniqueid %s, speaks %.0f Hz\n", leg.Name, leg.ID, leg.Tone)
		}
	}
	if _, err := fmt.Fprintln(out, about+"Ctrl-C ends it"); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// Settings are the lines of ari-recorder.yaml that use this Asterisk.
func (a *Asterisk) Settings() string {
	return fmt.Sprintf("asterisk:\n  url: %s\n  username: %s\n  password: %s\n  spool_dir: %s\n", a.URL, a.Username, a.Password, a.RecordingDir)
}
