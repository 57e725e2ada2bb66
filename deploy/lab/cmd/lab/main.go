// Command lab installs and runs the lab by hand: a real Asterisk with phones that talk.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"ari-recorder/deploy/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{Use: "lab", Short: "A real Asterisk with phones that talk", SilenceUsage: true}
	root.AddCommand(install(), up())
	if err := root.ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}

func install() *cobra.Command {
	return &cobra.Command{
		Use: "install", Short: "Make the root folders of Asterisk, MariaDB, MySQL, Prometheus and client programs, and build an S3 server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := lab.Install(cmd.Context(), cmd.OutOrStdout()); err != nil {
				return err
			}
			_, err := lab.InstallObjects(cmd.Context(), cmd.OutOrStdout())
			return err
		},
	}
}

func up() *cobra.Command {
	var noCall, verbose bool
	var root, technology string
	cmd := &cobra.Command{
		Use: "up", Short: "Start Asterisk with a call from 411 to 410, until Ctrl-C", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options := lab.AsteriskOptions{Root: lab.Root(root), Technology: lab.Technology(technology), ChannelVars: true}
			if verbose {
				options.Log = cmd.ErrOrStderr()
			}
			return lab.Up(cmd.Context(), cmd.OutOrStdout(), options, !noCall)
		},
	}
	cmd.Flags().StringVar(&root, "root", string(lab.RootAsterisk), "which Asterisk: asterisk (22) or asterisk16")
	cmd.Flags().StringVar(&technology, "technology", string(lab.PJSIP), "how the phones are connected: PJSIP, or SIP with asterisk16")
	cmd.Flags().BoolVar(&noCall, "no-call", false, "place no call")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "show Asterisk's console")
	return cmd
}
