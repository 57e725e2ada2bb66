package monitoring

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// rule is an alert as alerts.yml has it.
type rule struct {
	Alert       string
	Expr        string
	Labels      map[string]string
	Annotations map[string]string
}

func rules(t *testing.T) (list []rule) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	require.NoError(t, yaml.Unmarshal(read(t, "alerts.yml"), &file))
	for _, group := range file.Groups {
		list = append(list, group.Rules...)
	}
	require.NotEmpty(t, list)
	return list
}

func TestEveryAlertTellsWhomItConcernsAndWhatToDo(t *testing.T) {
	for _, r := range rules(t) {
		require.Regexp(t, "^AriRecorder[A-Z]", r.Alert)
		require.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
		for _, what := range []string{"summary", "description", "runbook"} {
			require.NotEmpty(t, r.Annotations[what], "%s of %s", what, r.Alert)
		}
	}
}

var panelName = regexp.MustCompile(`"([A-Z][^"]+)"`)

func TestPanelsThatRunbooksNameAreThere(t *testing.T) {
	titles := map[string]bool{}
	for _, p := range dashboard(t).Panels {
		titles[p.Title] = true
	}
	named := 0
	for _, r := range rules(t) {
		for _, found := range panelName.FindAllStringSubmatch(r.Annotations["runbook"], -1) {
			require.True(t, titles[found[1]], "%s: no panel is called %s", r.Alert, found[1])
			named++
		}
	}
	require.Positive(t, named)
}

// promtool says what fires when; here it is seen that no alert is left out.
func TestEveryAlertHasATest(t *testing.T) {
	cases := string(read(t, "alerts_test.yml"))
	for _, r := range rules(t) {
		require.Contains(t, cases, `{alertname="`+r.Alert+`"}`)
	}
}
