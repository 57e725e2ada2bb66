package monitoring

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One site lives through a day in a minute: everything that a dashboard or an alert asks for has happened to it.
func TestARealPrometheusWatchesTheService(t *testing.T) {
	w := watch(t)
	w.files()
	w.everyPanelHasData()
	w.fullHouse()
	w.aStartFails()
	w.aRecordingIsLost()
	w.failuresAreSeen()
	w.metricsAreProper()
	w.prometheus.everyRuleWorks(rules(t))
	for _, r := range rules(t) {
		w.prometheus.everySelectorFinds(r)
	}
	w.asteriskDies()
	w.serviceEnds()
}

// files lets promtool look at what is shipped.
func (w *watched) files() {
	w.t.Helper()
	w.prometheus.tool("", "check", "config", "shipped.yml")
	w.prometheus.tool("", "check", "rules", "shipped-alerts.yml")
	w.prometheus.tool("", "test", "rules", "alerts_test.yml")
}

// metricsAreProper lets promtool look at all that the service says once everything has happened to it.
func (w *watched) metricsAreProper() {
	w.t.Helper()
	status, metrics := w.get("/metrics")
	require.Equal(w.t, http.StatusOK, status)
	w.prometheus.tool(metrics, "check", "metrics")
}

// everyPanelHasData lets calls be recorded until every query of the dashboard has something to show.
func (w *watched) everyPanelHasData() {
	w.t.Helper()
	call := w.call("411", "410")
	panels := dashboard(w.t).Panels
	deadline := time.Now().Add(2 * seen)
	var empty []string
	for round := 0; round == 0 || len(empty) > 0; round++ {
		require.True(w.t, time.Now().Before(deadline), "these show nothing:\n%s", strings.Join(empty, "\n"))
		w.recorded("410", fmt.Sprint("order-", round))
		status, body := w.ask("start", "999", "nobody")
		require.Equal(w.t, http.StatusNotFound, status, body)
		empty = w.emptyPanels(panels)
	}
	w.isAsDocumented("pass", 0)
	require.NoError(w.t, call.HangUp(w.t.Context()))
}

// emptyPanels names the queries that find no number.
func (w *watched) emptyPanels(panels []panel) (empty []string) {
	w.t.Helper()
	for _, p := range panels {
		for _, q := range p.Targets {
			if expr := w.at.fill(w.t, q.Expr); len(w.prometheus.ask(q, expr)) == 0 {
				empty = append(empty, p.Title+": "+expr)
			}
		}
	}
	return empty
}

// fullHouse has as many recordings as are allowed: health warns, and one more is refused.
func (w *watched) fullHouse() {
	w.t.Helper()
	for i, from := range []string{"411", "413"} {
		to := []string{"410", "412"}[i]
		call := w.call(from, to)
		defer func() { require.NoError(w.t, call.HangUp(w.t.Context())) }()
		status, body := w.ask("start", to, "full")
		require.Equal(w.t, http.StatusOK, status, body)
	}
	w.isAsDocumented("warn", 1)
	third := w.call("415", "414")
	defer func() { require.NoError(w.t, third.HangUp(w.t.Context())) }()
	status, body := w.ask("start", "414", "one too many")
	require.Equal(w.t, http.StatusTooManyRequests, status, body)
	w.prometheus.fires("AriRecorderStartsRefused")
}

// aStartFails since Asterisk cannot write.
func (w *watched) aStartFails() {
	w.t.Helper()
	call := w.call("411", "410")
	defer func() { require.NoError(w.t, call.HangUp(w.t.Context())) }()
	require.NoError(w.t, w.pbx.SetRecordingReadOnly(true))
	status, body := w.ask("start", "410", "read-only")
	require.Equal(w.t, http.StatusServiceUnavailable, status, body)
	require.NoError(w.t, w.pbx.SetRecordingReadOnly(false))
	w.prometheus.fires("AriRecorderStartFailed", "outcome", "asterisk_unavailable", "severity", "warning")
	w.prometheus.fires("AriRecorderRecordingsFail", "cause", "no_file")
}

// aRecordingIsLost since somebody has removed Asterisk's files under it: what each of two says, and what the recorded one hears.
func (w *watched) aRecordingIsLost() {
	w.t.Helper()
	call := w.call("411", "410")
	status, body := w.ask("start", "410", "lost")
	require.Equal(w.t, http.StatusOK, status, body)
	var files []string
	require.Eventually(w.t, func() (all bool) {
		var err error
		files, err = filepath.Glob(filepath.Join(w.pbx.RecordingDir, "*.wav"))
		return err == nil && len(files) == 3
	}, seen, look)
	for _, file := range files {
		require.NoError(w.t, os.Remove(file))
	}
	require.NoError(w.t, call.HangUp(w.t.Context()))
	w.prometheus.fires("AriRecorderRecordingLost", "severity", "critical")
}

// failuresAreSeen insists that the panels of failures have shown them.
func (w *watched) failuresAreSeen() {
	w.t.Helper()
	left := map[string]bool{"Starts that failed": true, "Failed recordings by cause": true, "Recordings lost, 24 h": true, "Answers that failed": true, "Alerts": true}
	for _, p := range dashboard(w.t).Panels {
		if !left[p.Title] {
			continue
		}
		delete(left, p.Title)
		most := 0.0
		for _, n := range w.prometheus.ask(p.Targets[0], w.at.fill(w.t, p.Targets[0].Expr)) {
			most = max(most, n)
		}
		require.Positive(w.t, most, p.Title)
	}
	require.Empty(w.t, left)
}

// asteriskDies, and comes back.
func (w *watched) asteriskDies() {
	w.t.Helper()
	require.NoError(w.t, w.pbx.Kill())
	w.prometheus.fires("AriRecorderNodeDisconnected", "node", "default", "severity", "critical")
	require.Eventually(w.t, func() bool { // at first it says how the connection ended
		_, body := w.get("/health")
		return strings.Contains(body, "connection refused")
	}, seen, look)
	w.isAsDocumented("fail", 2)
	require.NoError(w.t, w.pbx.Restart(w.t.Context()))
	w.prometheus.calms("AriRecorderNodeDisconnected")
}

func (w *watched) serviceEnds() {
	w.t.Helper()
	code, err := w.Stop()
	require.NoError(w.t, err)
	require.Zero(w.t, code)
	w.prometheus.fires("AriRecorderDown", "instance", w.at.instance)
}

// isAsDocumented compares what /health and the plug-in for Nagios say with the guide.
func (w *watched) isAsDocumented(standing string, code int) {
	w.t.Helper()
	status, body := w.get("/health")
	documented(w.t, standing, status, body)
	plugin := exec.Command(binary, "health", "--nagios", "--url", w.URL)
	plugin.Dir, plugin.Env = w.t.TempDir(), []string{"GORACE=halt_on_error=1"}
	line, err := plugin.Output()
	var exit *exec.ExitError
	if code > 0 {
		require.ErrorAs(w.t, err, &exit)
		require.Equal(w.t, code, exit.ExitCode())
	} else {
		require.NoError(w.t, err)
	}
	documentedLine(w.t, string(line))
}
