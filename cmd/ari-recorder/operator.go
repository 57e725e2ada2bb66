package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ari-recorder/config"
	"ari-recorder/pkg/app"
)

// apiKeyVariable is not part of the configuration: it is the operator's own key, not one of the service's.
const apiKeyVariable = "ARI_RECORDER_API_KEY"

// environ is the environment of the configuration.
func environ() []string {
	var list []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, apiKeyVariable+"=") {
			list = append(list, entry)
		}
	}
	return list
}

// session is one call of an operator's subcommand.
type session struct {
	*cobra.Command
	args    []string
	console app.Console
	config  func() (config.Config, error) // reads the configuration
}

// withoutConfig makes a subcommand with --json that reads no configuration.
func withoutConfig(cmd *cobra.Command, work func(session) error) *cobra.Command {
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := refuseEmpty(cmd.Flags()); err != nil {
			return err
		}
		s := session{Command: cmd, args: args, console: app.Console{Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(), JSON: *asJSON}}
		s.config = func() (config.Config, error) {
			file, _ := cmd.Flags().GetString("config") // empty without the flag
			return config.Load(config.Options{File: file, Flags: cmd.Flags(), Environ: environ()})
		}
		return running(work(s))
	}
	return cmd
}

// withConfig makes a subcommand with --json, --config and the flags of some of the configuration's keys.
func withConfig(cmd *cobra.Command, keys []string, work func(session) error) *cobra.Command {
	cmd.Flags().String("config", "", configUsage)
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.BindFlags(all)
	for _, key := range keys {
		cmd.Flags().AddFlag(all.Lookup(key))
	}
	return withoutConfig(cmd, work)
}

// refuseEmpty keeps a script's empty variable from meaning everything. The configuration's own flags may be empty.
func refuseEmpty(flags *pflag.FlagSet) (err error) {
	ours := map[string]bool{"config": true}
	for _, key := range config.Keys() {
		ours[key.Flag] = true
	}
	flags.Visit(func(f *pflag.Flag) {
		if text := f.Value.String(); !ours[f.Name] && (text == "" || text == "[]") {
			err = fmt.Errorf("--%s is empty; leave it out, or give it a value", f.Name)
		}
	})
	return err
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: knownCommand}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return fmt.Errorf("which command? see %s --help", cmd.CommandPath())
	}
	cmd.AddCommand(children...)
	return cmd
}

// knownCommand refuses every word, since a known one would have led to its command, and suggests the ones that it is like.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	advice := "see " + cmd.CommandPath() + " --help"
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		advice = "did you mean " + strings.Join(like, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q for %s; %s", args[0], cmd.CommandPath(), advice)
}

// exactly asks for one argument.
func exactly(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 || args[0] == "" {
			return fmt.Errorf("%s needs one %s; see %s --help", cmd.CommandPath(), name, cmd.CommandPath())
		}
		return nil
	}
}
