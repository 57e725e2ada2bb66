//go:build !stack

package e2e

import (
	"os"
	"regexp"
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

// fenced is a block with its language.
var fenced = regexp.MustCompile("(?ms)^```[a-z]+\\n(.*?)^```$")

// blocks are the fenced blocks below a heading and above the next one, without their fences.
func (g guide) blocks(heading string) (list []string) {
	g.t.Helper()
	_, below, found := strings.Cut(g.text, "\n#"+heading+"\n")
	require.True(g.t, found, "the guide has no heading #%s", heading)
	for _, match := range fenced.FindAllStringSubmatch(below, -1) {
		list = append(list, match[1])
	}
	require.NotEmpty(g.t, list, "no block below #%s", heading)
	return list
}

// block is the first of them.
func (g guide) block(heading string) string {
	g.t.Helper()
	return g.blocks(heading)[0]
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
