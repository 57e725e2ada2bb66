package monitoring

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
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
