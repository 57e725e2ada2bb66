package config

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README is where users look first: it knows every key and variable that the program knows.
func TestTheReadmeKnowsEveryKey(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, k := range Keys() {
		for _, name := range []string{k.Name, k.Env, k.EnvFile} {
			if name != "" {
				require.Contains(t, string(readme), "`"+name+"`")
			}
		}
	}
}
