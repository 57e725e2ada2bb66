package main

import (
	"os"

	"github.com/spf13/cobra"

	"ari-recorder/pkg/app"
)

func resolveCommand() *cobra.Command {
	var q app.ResolveQuery
	var keyFile string
	cmd := &cobra.Command{
		Use: "resolve EXTEN_OR_UNIQUEID", Short: "Ask the running service which channel a start would record, and why", Args: exactly("EXTEN_OR_UNIQUEID"),
		Example: "  ari-recorder resolve 410\n  ari-recorder resolve 410 --url https://recorder.example.org --key-file ~/recorder.key",
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Node, "node", "", "only on the Asterisk of this `NAME`")
	flags.StringVar(&q.URL, "url", "", "the service's `URL` (default: http.public_url of the configuration, else http.listen)")
	flags.StringVar(&keyFile, "key-file", "", "`FILE` with an API key of scope record (default: the key in "+apiKeyVariable+")")
	flags.StringVar(&q.CAFile, "ca-file", "", "`FILE` with the certificates (PEM) to trust (default: the system's)")
	return withConfig(cmd, nil, func(s session) (err error) {
		q.Channel, q.Key = s.args[0], os.Getenv(apiKeyVariable)
		if keyFile != "" {
			if q.Key, err = app.ReadKey(keyFile); err != nil {
				return err
			}
		}
		if q.URL == "" {
			c, err := s.config()
			if err != nil {
				return err
			}
			if q.URL, err = app.ServiceURL(c); err != nil {
				return err
			}
		}
		return app.Resolve(s.Context(), q, s.console)
	})
}
