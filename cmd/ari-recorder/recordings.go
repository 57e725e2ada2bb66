package main

import (
	"errors"

	"github.com/spf13/cobra"

	"ari-recorder/pkg/app"
)

// metadata and stored are the flags of what a subcommand looks at.
var (
	metadata = []string{"data-dir", "database-url"}
	stored   = []string{"data-dir", "database-url", "storage-url"}
)

func recordingsCommand() *cobra.Command {
	return group("recordings", "Look at recordings in database and archive, whether or not the service runs",
		listCommand(), showCommand(), getCommand(), verifyCommand())
}

func listCommand() *cobra.Command {
	var q app.ListQuery
	cmd := &cobra.Command{
		Use: "list", Short: "List recordings, newest first", Args: cobra.NoArgs,
		Example: "  ari-recorder recordings list --extension 410 --from 2026-11-23 --state available,failed",
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Tag, "tag", "", "only with this `TAG`, byte for byte")
	flags.StringVar(&q.Extension, "extension", "", "only of this `EXTENSION`")
	flags.StringVar(&q.UniqueID, "uniqueid", "", "only of the channel with this `UNIQUEID`")
	flags.StringVar(&q.LinkedID, "linkedid", "", "only of the call with this `LINKEDID`")
	flags.StringSliceVar(&q.States, "state", nil, "only in one of these `STATES`: starting, recording, paused, stopping, archiving, available, failed")
	flags.StringVar(&q.Node, "node", "", "only of the Asterisk of this `NAME`")
	flags.StringVar(&q.From, "from", "", "started at this `TIME` or later: 2026-11-23 or \"2026-11-23 17:30\" by the local clock, or 2026-11-23T17:30:00Z")
	flags.StringVar(&q.To, "to", "", "started before this `TIME`")
	flags.BoolVar(&q.Deleted, "deleted", false, "deleted ones, too")
	flags.IntVar(&q.Limit, "limit", 50, "at most this `NUMBER`, up to 1000")
	flags.StringVar(&q.Cursor, "cursor", "", "go on at the `CURSOR` that another list has ended with")
	flags.BoolVar(&q.All, "all", false, "everything that matches")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if q.All && cmd.Flags().Changed("limit") {
			return errors.New("--all lists everything; leave --limit out")
		}
		return nil
	}
	return withConfig(cmd, metadata, func(s session) error {
		c, err := s.config()
		if err != nil {
			return err
		}
		return app.ListRecordings(s.Context(), c, q, s.console)
	})
}

func showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one recording with its timeline and its call", Args: exactly("ID"),
		Example: "  ari-recorder recordings show 01k9z8x7w6v5t4s3r2q1p0n9m8",
	}
	return withConfig(cmd, metadata, func(s session) error {
		c, err := s.config()
		if err != nil {
			return err
		}
		return app.ShowRecording(s.Context(), c, s.args[0], s.console)
	})
}

func getCommand() *cobra.Command {
	var q app.GetQuery
	cmd := &cobra.Command{
		Use: "get ID", Short: "Copy a recording's audio into a file and compare it with the row; the audit trail gets a line first", Args: exactly("ID"),
		Example: "  ari-recorder recordings get 01k9z8x7w6v5t4s3r2q1p0n9m8 -o call.wav\n  ari-recorder recordings get 01k9z8x7w6v5t4s3r2q1p0n9m8 -o - | aplay",
	}
	flags := cmd.Flags()
	flags.StringVarP(&q.File, "output", "o", "", "write to this `FILE`, or with - to the standard output (default ID.wav)")
	flags.BoolVar(&q.Force, "force", false, "overwrite the file")
	flags.BoolVar(&q.Private, "private", false, "also a private recording; the audit trail says so")
	flags.BoolVar(&q.Deleted, "deleted", false, "also a deleted recording that is not erased yet; the audit trail says so")
	return withConfig(cmd, stored, func(s session) error {
		c, err := s.config()
		if err != nil {
			return err
		}
		q.ID = s.args[0]
		return app.GetRecording(s.Context(), c, q, s.console)
	})
}

func verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify [ID...]", Short: "Compare stored files with their rows, and find files without a row; exits with 1 if anything is wrong", Args: cobra.ArbitraryArgs,
		Example: "  ari-recorder recordings verify\n  ari-recorder recordings verify --json 01k9z8x7w6v5t4s3r2q1p0n9m8",
	}
	return withConfig(cmd, stored, func(s session) error {
		c, err := s.config()
		if err != nil {
			return err
		}
		return app.VerifyRecordings(s.Context(), c, s.args, s.console)
	})
}
