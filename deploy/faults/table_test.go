package faults

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README's table of faults names tests of this package, and all of them.
func TestTheTableOfFaultsNamesTheTests(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(readme), "| fault | test |")
	require.True(t, found, "the README has no table of faults")
	table, _, _ = strings.Cut(table, "\n\n")
	named := map[string]bool{}
	for _, name := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(table, -1) {
		named[name[1]] = true
	}
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	there := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(t `).FindAllStringSubmatch(string(text), -1) {
			there[name[1]] = true
		}
	}
	delete(there, "TestTheTableOfFaultsNamesTheTests")
	delete(there, "TestTheLedgerFindsWhatIsWrong")
	require.Equal(t, there, named)
}
