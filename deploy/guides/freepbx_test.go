// Package guides_test holds the guides to what they say.
package guides_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
	"ari-recorder/pkg/channels"
)

// row is a line of the table of names: channel, pattern, extension.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (?:`([^`]+)` )?\\| (\\S+) \\|$")

// Every line of the guide's table is what the configuration takes and the live index finds.
func TestNamesOfFreePBX(t *testing.T) {
	guide, err := os.ReadFile("freepbx.md")
	require.NoError(t, err)
	rows := row.FindAllStringSubmatch(string(guide), -1)
	_, table, _ := strings.Cut(string(guide), "| channel |")
	table, _, _ = strings.Cut(table, "\n\n")
	require.Len(t, rows, strings.Count(table, "\n")-1, "lines of the table that were not understood")
	for _, line := range rows {
		name, pattern, extension := line[1], line[2], line[3]
		t.Run(name, func(t *testing.T) {
			resolves(t, name, pattern, extension)
		})
	}
}

func resolves(t *testing.T, name, pattern, extension string) {
	t.Helper()
	environ := []string{"ARI_RECORDER_DATA_DIR=" + t.TempDir()}
	if pattern != "" {
		environ = append(environ, "ARI_RECORDER_ASTERISK_EXTENSION_PATTERN="+pattern)
	}
	c, err := config.Load(config.Options{Environ: environ, Search: []string{}})
	require.NoError(t, err)
	found := channels.ExtensionOf(name, c.Asterisk.Nodes[0].ExtensionPattern)
	channel := channels.Channel{Node: "default", UniqueID: "1.1", Name: name, State: channels.StateUp, Extension: found}
	if extension == "never" {
		require.False(t, channel.Recordable())
		return
	}
	require.Equal(t, extension, found)
	index := channels.NewIndex("default")
	index.Replace("default", []channels.Channel{channel}, nil)
	index.SetReady("default", true)
	meant, err := index.Resolve(channels.Query{Channel: extension})
	require.NoError(t, err)
	require.Equal(t, name, meant.Channel.Name)
}
