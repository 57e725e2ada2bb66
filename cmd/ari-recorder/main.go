// Command ari-recorder records calls of an Asterisk on request of a CRM. This package holds the command line only: the
// work is in pkg/app.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"ari-recorder/config"
	"ari-recorder/pkg/app"
)

// The exit codes of the contract.
const (
	exitFailed = 1 // while running
	exitUsage  = 2 // bad usage or configuration; nothing was started
)

// gcPercent lets the collector run half as often as Go's default has it: a burst of starts makes much garbage of which nothing stays, and
// idle the heap is small anyway. GOGC in the environment has precedence.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out the command line and returns the exit code; what is wrong is told on stderr, one line a fault.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var faults config.Errors
	var failed *failure
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case isPlugin(cmd, args):
		return refusePlugin(stdout, err)
	case errors.As(err, &failed) && ctx.Err() != nil && errors.Is(err, context.Canceled):
		report(stderr, errors.New("interrupted"))
		return exitFailed
	case errors.As(err, &failed):
		report(stderr, failed.cause)
		return exitFailed
	case errors.As(err, &faults):
		for _, fault := range faults {
			report(stderr, errors.New(fault.String()))
		}
		return exitUsage
	default:
		report(stderr, err)
		return exitUsage
	}
}

// report tells a fault; where not even that can be written, the exit code remains.
func report(stderr io.Writer, err error) {
	_, _ = fmt.Fprintf(stderr, "ari-recorder: %v\n", err)
}

// failure marks an error that came while running, not from the command line.
type failure struct{ cause error }

func (f *failure) Error() string { return f.cause.Error() }

func (f *failure) Unwrap() error { return f.cause }

// running marks err, if any, as a failure, unless it says that the command line or the configuration is wrong.
func running(err error) error {
	var usage *app.UsageError
	var faults config.Errors
	if err == nil || errors.As(err, &usage) || errors.As(err, &faults) {
		return err
	}
	return &failure{err}
}

func rootCommand() *cobra.Command {
	root := group("ari-recorder", "Record calls of an Asterisk on request of a CRM",
		serveCommand(), migrateCommand(), doctorCommand(), recordingsCommand(), resolveCommand(), healthCommand(), keysCommand(), openapiCommand(), versionCommand())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}
