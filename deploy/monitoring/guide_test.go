package monitoring

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// healthAnswer is a document of /health: its checks by name, each entry as it is.
type healthAnswer struct {
	Status  string                      `json:"status"`
	Version string                      `json:"version"`
	Checks  map[string][]map[string]any `json:"checks"`
}

func parseHealth(t *testing.T, text string) (a healthAnswer) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&a), text)
	return a
}

var jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)```")

// documented insists that a real answer of /health is what the guide shows for its status: the same checks, with the same
// entries, fields and standings.
func documented(t *testing.T, standing string, status int, body string) {
	t.Helper()
	got := parseHealth(t, body)
	require.Equal(t, standing, got.Status, body)
	require.Equal(t, map[string]int{"pass": http.StatusOK, "warn": http.StatusOK, "fail": http.StatusServiceUnavailable}[standing], status)
	for _, block := range jsonBlock.FindAllStringSubmatch(string(read(t, "README.md")), -1) {
		example := parseHealth(t, block[1])
		if example.Status != standing {
			continue
		}
		require.Equal(t, outline(example), outline(got), "the guide shows\n%s\nthe service says\n%s", block[1], body)
		return
	}
	t.Errorf("the guide has no such example: %s\n%s", standing, body)
}

var number = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)

// documentedLine insists that the guide has a line of the plug-in that differs in its numbers and the version alone.
func documentedLine(t *testing.T, line string) {
	t.Helper()
	alike := func(text string) string {
		return number.ReplaceAllString(strings.Replace(strings.TrimSpace(text), "version 1.0.0", "version unknown", 1), "N")
	}
	for example := range strings.Lines(string(read(t, "README.md"))) {
		if alike(example) == alike(line) {
			return
		}
	}
	t.Errorf("the guide has no such line:\n%s", line)
}

// outline is what stays the same from one answer to the next.
func outline(a healthAnswer) map[string][]string {
	lines := map[string][]string{}
	for name, list := range a.Checks {
		for _, entry := range list {
			fields := slices.Sorted(maps.Keys(entry))
			lines[name] = append(lines[name], strings.Join(fields, " ")+": "+entry["status"].(string))
		}
	}
	return lines
}
