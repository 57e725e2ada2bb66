// Command compare runs the micro-benchmarks of this tree and of another commit by turns, so that both suffer the same noise, and has benchstat print
// old against new.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

// benchstat is the Go project's own judge of benchmarks.
const benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

// comparison is what is run, and how often.
type comparison struct {
	against  string
	packages string
	bench    string
	time     string
	count    int
}

func main() {
	var c comparison
	flag.StringVar(&c.against, "against", "HEAD~1", "the other commit")
	flag.StringVar(&c.packages, "packages", "./pkg/...", "packages whose benchmarks are run")
	flag.StringVar(&c.bench, "bench", ".", "which of them, as go test takes it")
	flag.StringVar(&c.time, "time", "300ms", "how long each is run at a time")
	flag.IntVar(&c.count, "count", 6, "how often each is run; with less than six benchstat is not sure of anything")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := c.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func (c comparison) run(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "ari-recorder-compare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	tree := filepath.Join(folder, "tree")
	if err := command(ctx, ".", os.Stderr, "git", "worktree", "add", "--quiet", "--detach", tree, c.against); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, command(context.WithoutCancel(ctx), ".", os.Stderr, "git", "worktree", "remove", "--force", tree))
	}()
	before, now := filepath.Join(folder, "old"), filepath.Join(folder, "new")
	for range c.count {
		if err := errors.Join(c.measure(ctx, tree, before), c.measure(ctx, ".", now)); err != nil {
			return err
		}
	}
	return command(ctx, ".", os.Stdout, "go", "run", benchstat, "old="+before, "new="+now)
}

// measure runs the benchmarks of a tree once and adds what they print to a file.
func (c comparison) measure(ctx context.Context, tree, file string) (err error) {
	to, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return command(ctx, tree, to, "go", "test", "-run", "^$", "-bench", c.bench, "-benchtime", c.time, "-benchmem", c.packages)
}

// command runs a program in a folder.
func command(ctx context.Context, folder string, to *os.File, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, to, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %v: %w", name, args, err)
	}
	return nil
}
