package monitoring

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/run"
	"ari-recorder/pkg/access"
)

// watched is a service with calls to record, and a Prometheus that watches it.
type watched struct {
	*run.Process
	t          *testing.T
	pbx        *lab.Asterisk
	prometheus *prometheus
	key        string
	at         variables
}

// maxActive is how many recordings the service allows at once.
const maxActive = 2

// One site lives through a day in a minute: everything that a dashboard or an alert asks for has happened to it.
func TestARealPrometheusWatchesTheService(t *testing.T) {
	w := watch(t)
	w.files()
	w.everyPanelHasData()
	w.fullHouse()
	w.aStartFails()
	w.aRecordingIsLost()
	w.failuresAreSeen()
	w.prometheus.everyRuleWorks(rules(t))
	for _, r := range rules(t) {
		w.prometheus.everySelectorFinds(r)
	}
	w.asteriskDies()
	w.serviceEnds()
}

func watch(t *testing.T) *watched {
	t.Helper()
	w := &watched{t: t, key: access.NewKey(), pbx: lab.NewAsterisk(t, lab.AsteriskOptions{})}
	keys := filepath.Join(t.TempDir(), "keys.yaml")
	line := fmt.Sprintf("- {name: prometheus, hash: %q, scopes: [admin]}\n", access.HashOf(w.key))
	require.NoError(t, os.WriteFile(keys, []byte(line), 0o600))
	var err error
	w.Process, err = run.Start(t.Context(), binary, []string{
		"DATA_DIR=" + t.TempDir(), "AUTH_KEYS_FILE=" + keys, fmt.Sprint("RECORDING_MAX_ACTIVE=", maxActive),
		"ASTERISK_URL=" + w.pbx.URL, "ASTERISK_USERNAME=" + w.pbx.Username, "ASTERISK_PASSWORD=" + w.pbx.Password,
	}, t.Output())
	require.NoError(t, err)
	t.Cleanup(w.Kill)
	require.NoError(t, w.Ready(t.Context()))
	w.prometheus = &prometheus{t: t, began: time.Now(), Prometheus: lab.NewPrometheus(t, map[string][]byte{
		"prometheus.yml": w.quick(read(t, "prometheus.yml")), "ari-recorder.key": []byte(w.key + "\n"),
		"alerts.yml": atOnce.ReplaceAll(read(t, "alerts.yml"), []byte("${1}1s")),
		// What is shipped, for promtool; Prometheus itself runs the copies above.
		"shipped.yml": read(t, "prometheus.yml"), "alerts_test.yml": []byte(strings.Replace(string(read(t, "alerts_test.yml")), "alerts.yml", "shipped-alerts.yml", 1)),
		"shipped-alerts.yml": read(t, "alerts.yml"),
	})}
	w.at = variables{instance: w.prometheus.scrapes(), interval: "1s", rate: "4s"}
	return w
}

// atOnce finds how long an alert's condition must hold.
var atOnce = regexp.MustCompile(`(?m)^( +for: )\S+`)

// quick makes the shipped configuration one that looks every second, at this service, with the key that its comment tells of.
func (w *watched) quick(config []byte) []byte {
	text := string(config)
	for was, is := range map[string]string{
		"recorder:8080": strings.TrimPrefix(w.URL, "http://"), "scrape_interval: 15s": "scrape_interval: 1s", "evaluation_interval: 15s": "evaluation_interval: 1s",
		"# authorization: {credentials_file: /etc/prometheus/": "authorization: {credentials_file: /srv/",
	} {
		require.Contains(w.t, text, was)
		text = strings.ReplaceAll(text, was, is)
	}
	return []byte(text)
}

// files lets promtool look at what is shipped, and at what the service says.
func (w *watched) files() {
	w.t.Helper()
	w.prometheus.tool("", "check", "config", "shipped.yml")
	w.prometheus.tool("", "check", "rules", "shipped-alerts.yml")
	w.prometheus.tool("", "test", "rules", "alerts_test.yml")
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

// aRecordingIsLost since somebody has removed Asterisk's file under it.
func (w *watched) aRecordingIsLost() {
	w.t.Helper()
	call := w.call("411", "410")
	status, body := w.ask("start", "410", "lost")
	require.Equal(w.t, http.StatusOK, status, body)
	files, err := filepath.Glob(filepath.Join(w.pbx.RecordingDir, "*.wav"))
	require.NoError(w.t, err)
	require.Len(w.t, files, 1)
	require.NoError(w.t, os.Remove(files[0]))
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

// call places a call that ends with the test at the latest.
func (w *watched) call(from, to string) *lab.Call {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), seen)
	defer cancel()
	c, err := w.pbx.Call(ctx, lab.CallOptions{From: from, To: to})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = c.Close() }) // a phone that was cut off says so; that is no fault of the service
	return c
}

// recorded records a moment of the call on an extension.
func (w *watched) recorded(extension, tag string) {
	w.t.Helper()
	status, body := w.ask("start", extension, tag)
	require.Equal(w.t, http.StatusOK, status, body)
	select {
	case <-time.After(200 * time.Millisecond): // somebody speaks
	case <-w.t.Context().Done():
	}
	status, body = w.ask("stop", extension, "")
	require.Equal(w.t, http.StatusOK, status, body)
}

// ask calls a method of the legacy API.
func (w *watched) ask(method, channel, tag string) (status int, body string) {
	w.t.Helper()
	query := url.Values{"method": {method}, "extenOrUniqueId": {channel}}
	if tag != "" {
		query.Set("tag", tag)
	}
	return w.get("/servicemanager/services/njadmin-api-recording?" + query.Encode())
}

func (w *watched) get(path string) (status int, body string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), seen)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+path, nil)
	require.NoError(w.t, err)
	request.Close = true
	request.Header.Set("Authorization", "Bearer "+w.key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, response.Body.Close())
	return response.StatusCode, string(text)
}
