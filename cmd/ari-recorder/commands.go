package main

import (
	"github.com/spf13/cobra"

	"ari-recorder/config"
	"ari-recorder/pkg/app"
)

const configUsage = "configuration `FILE` (default: ./ari-recorder.yaml, else /etc/ari-recorder/ari-recorder.yaml, else none)"

// configured makes a command that reads the configuration before it does anything.
func configured(use, short string, work func(*cobra.Command, config.Config) error) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs}
	cmd.Flags().StringVar(&file, "config", "", configUsage)
	config.BindFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := config.Load(config.Options{File: file, Flags: cmd.Flags(), Environ: environ()})
		if err != nil {
			return err
		}
		return running(work(cmd, c))
	}
	return cmd
}

func serveCommand() *cobra.Command {
	return configured("serve", "Run the service until SIGTERM or SIGINT; recordings go on in Asterisk", func(cmd *cobra.Command, c config.Config) error {
		return app.Serve(cmd.Context(), c, app.NewLog(c.Log, cmd.ErrOrStderr()))
	})
}

func migrateCommand() *cobra.Command {
	return configured("migrate", "Bring the database's tables up to date and end", func(cmd *cobra.Command, c config.Config) error {
		return app.Migrate(cmd.Context(), c, app.NewLog(c.Log, cmd.ErrOrStderr()))
	})
}

func openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the OpenAPI document",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(app.OpenAPI())
			return running(err)
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write([]byte("ari-recorder " + app.Version + "\n"))
			return running(err)
		},
	}
}
