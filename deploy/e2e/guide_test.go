package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// guide is a page of deploy/guides, whose blocks are run as they stand there.
type guide struct {
	t    *testing.T
	text string
}

func openGuide(t *testing.T, name string) guide {
	t.Helper()
	text, err := os.ReadFile("../guides/" + name)
	require.NoError(t, err)
	return guide{t, string(text)}
}

// block is the first fenced block below a heading, without its fences.
func (g guide) block(heading string) string {
	g.t.Helper()
	_, below, found := strings.Cut(g.text, "\n#"+heading+"\n")
	require.True(g.t, found, "the guide has no heading #%s", heading)
	_, below, found = strings.Cut(below, "\n```")
	require.True(g.t, found)
	block, _, found := strings.Cut(below, "\n```")
	require.True(g.t, found)
	_, block, found = strings.Cut(block, "\n")
	require.True(g.t, found)
	return block + "\n"
}

// with replaces what is the reader's own; each of it must be there.
func (g guide) with(block string, pairs ...string) string {
	g.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(g.t, block, pairs[i])
		block = strings.ReplaceAll(block, pairs[i], pairs[i+1])
	}
	return block
}
