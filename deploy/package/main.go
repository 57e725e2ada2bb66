// Command package builds the .deb and .rpm packages of ari-recorder: from the same commit with the same Go the same bytes, wherever it runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	b := build{source: ".", arches: []string{"amd64", "arm64"}, formats: []string{"deb", "rpm"}}
	flag.StringVar(&b.out, "out", "dist", "`folder` that gets the packages")
	flag.StringVar(&b.release.version, "version", "", "version of the packages (default: git's)")
	flag.Parse()
	found, err := currentRelease(ctx, b.source)
	if err != nil {
		return err
	}
	if b.release.version != "" {
		found.version = b.release.version
	}
	b.release = found
	files, err := b.run(ctx)
	for _, file := range files {
		fmt.Println(file)
	}
	return err
}
