package main

import (
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ari-recorder/pkg/app"
)

const nagiosFlag = "nagios"

func healthCommand() *cobra.Command {
	var q app.HealthQuery
	var nagios bool
	cmd := &cobra.Command{
		Use: "health", Short: "Ask the running service how it is; 0 unless it fails or does not answer", Args: cobra.NoArgs,
		Example: "  ari-recorder health\n  ari-recorder health --live\n  ari-recorder health --nagios --url https://recorder.example.org",
	}
	flags := cmd.Flags()
	flags.StringVar(&q.URL, "url", "", "the service's `URL` (default: where http.listen of the configuration is, on this machine)")
	flags.BoolVar(&q.Live, "live", false, "ask only whether the process works: for what restarts it")
	flags.BoolVar(&nagios, nagiosFlag, false, "print a line for Nagios or Icinga with performance data; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN")
	flags.DurationVar(&q.Timeout, "timeout", 10*time.Second, "how long the answer may take: `DURATION`")
	flags.StringVar(&q.CAFile, "ca-file", "", "`FILE` with the certificates (PEM) to trust behind --url (default: the system's)")
	return withConfig(cmd, []string{"http-listen"}, func(s session) error {
		if q.URL == "" {
			c, err := s.config()
			if err != nil {
				return err
			}
			if q.URL, err = app.LocalURL(c); err != nil {
				return err
			}
			q.Own = true
		}
		if nagios {
			return exitWith(app.HealthPlugin(s.Context(), q, s.console))
		}
		return app.Health(s.Context(), q, s.console)
	})
}

// exitCode ends the program with that code; everything has been said.
type exitCode int

func (c exitCode) Error() string { return "exit " + strconv.Itoa(int(c)) }

func exitWith(code int) error {
	if code == 0 {
		return nil
	}
	return exitCode(code)
}

// isPlugin tells whether the command line is one for Nagios, also where it cannot be parsed.
func isPlugin(cmd *cobra.Command, args []string) bool {
	return cmd.Name() == "health" && slices.Contains(args, "--"+nagiosFlag)
}

// refusePlugin says where Nagios looks that the command line or the configuration is wrong.
func refusePlugin(stdout io.Writer, err error) int {
	return app.PluginRefusal(err, app.Console{Out: stdout})
}
