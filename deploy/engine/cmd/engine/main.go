// Command engine runs docker-compose.yml on a Docker engine of its own, on a machine that has none, until Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"ari-recorder/deploy/engine"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8080", "where this machine reaches the service")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "engine [--listen ADDRESS] [PROGRAM ARGUMENT…]\nWith a program, such as docker compose build, only that is run beside the engine.")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *address, flag.Args())
	stop()
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string, argv []string) (err error) {
	images, err := engine.Images(".")
	if err != nil {
		return fmt.Errorf("run it in the project's folder: %w", err)
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	e, err := engine.Start(ctx, os.Stdout, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := e.Import(ctx, os.Stdout, images...); err != nil {
		return err
	}
	if len(argv) > 0 {
		return attached(e.Command(ctx, argv...))
	}
	return up(ctx, e, address)
}

// up builds and starts the stack, and hands this machine's address on to it.
func up(ctx context.Context, e *engine.Engine, address string) (err error) {
	if err := attached(e.Command(ctx, append([]string{"docker", "compose", "build"}, e.BuildArgs()...)...)); err != nil {
		return err
	}
	forwarded, err := e.Forward(ctx, address, "127.0.0.1:8080")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forwarded.Close()) }()
	return attached(e.Command(ctx, "docker", "compose", "up"))
}

// attached runs a program that says what it says to whoever looks.
func attached(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
