package config

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README is where users look first: its table says of every key what the program says.
func TestTheReadmeKnowsEveryKey(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, k := range Keys() {
		row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", k.Name, environment(k), k.Default, k.Text)
		require.Contains(t, string(readme), row)
	}
}

func environment(k Key) string {
	switch {
	case k.Env == "" && k.EnvFile == "":
		return "file only"
	case k.Env == "":
		return fmt.Sprintf("file; or `%s`", k.EnvFile)
	case k.EnvFile == "":
		return fmt.Sprintf("`%s`", k.Env)
	}
	return fmt.Sprintf("`%s` (`%s`)", k.Env, k.EnvFile)
}
