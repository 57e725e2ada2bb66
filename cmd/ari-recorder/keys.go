package main

import (
	"github.com/spf13/cobra"

	"ari-recorder/pkg/app"
)

func keysCommand() *cobra.Command {
	return group("keys", "Make API keys, and list those of the configuration", newKeyCommand(), listKeysCommand())
}

func newKeyCommand() *cobra.Command {
	var q app.KeyQuery
	cmd := &cobra.Command{
		Use: "new NAME", Short: "Make a key and print it once, with the line for auth.keys that holds its hash", Args: exactly("NAME"),
		Example: "  ari-recorder keys new crm --scope record,retrieve --network 10.1.2.0/24",
	}
	cmd.Flags().StringSliceVar(&q.Scopes, "scope", []string{"record", "retrieve"}, "what it may be used for: `SCOPES` of record, retrieve, manage, admin")
	cmd.Flags().StringSliceVar(&q.Networks, "network", nil, "from where it may be used: `CIDRS` (default: from anywhere)")
	return withoutConfig(cmd, func(s session) error {
		q.Name = s.args[0]
		return app.NewKey(q, s.console)
	})
}

func listKeysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys of the configuration: names, scopes, networks", Args: cobra.NoArgs,
		Example: "  ari-recorder keys list --config /etc/ari-recorder/ari-recorder.yaml",
	}
	return withConfig(cmd, nil, func(s session) error {
		c, err := s.config()
		if err != nil {
			return err
		}
		return app.ListKeys(c, s.console)
	})
}
