package main

import (
	"errors"

	"github.com/spf13/cobra"

	"ari-recorder/config"
	"ari-recorder/pkg/app"
)

func doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look whether a recording would work, and say of each fault what to do; exits with 1 if not", Args: cobra.NoArgs,
		Example: "  ari-recorder doctor\n  ari-recorder doctor --json --config /etc/ari-recorder/ari-recorder.yaml",
	}
	return withConfig(cmd, allKeys(), func(s session) error {
		c, err := s.config()
		var faults config.Errors
		if errors.As(err, &faults) {
			return errors.Join(app.Misconfigured(faults, s.console), err)
		}
		if err != nil {
			return err
		}
		return app.Doctor(s.Context(), c, s.console)
	})
}

// allKeys are the flags of all keys: what is looked at is what serve would do with them.
func allKeys() []string {
	var flags []string
	for _, key := range config.Keys() {
		if key.Flag != "" {
			flags = append(flags, key.Flag)
		}
	}
	return flags
}
