package monitoring

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// prometheus is asked over its API. Nothing but asking tells what it has seen, so waits for it are bounded polls.
type prometheus struct {
	*lab.Prometheus
	t     *testing.T
	began time.Time
}

// seen is how long something may take to get through a scrape and an evaluation, one second each.
const seen, look = 30 * time.Second, 200 * time.Millisecond

// get decodes the data of an answer into to.
func (p *prometheus) get(path string, query url.Values, to any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), seen)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path+"?"+query.Encode(), nil)
	require.NoError(p.t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	require.NoError(p.t, response.Body.Close())
	require.Equal(p.t, http.StatusOK, response.StatusCode, "%s\n%s", query, body)
	require.NoError(p.t, json.Unmarshal(body, &struct{ Data any }{to}), string(body))
}

// series is what a query has found.
type series struct {
	Metric map[string]string
	Value  sample
	Values []sample
}

type sample [2]any // a time, and a number as text

func (s sample) number() float64 {
	text, ok := s[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return math.NaN()
	}
	return value
}

// ask runs a panel's query over the time since the test began, or for now, and returns its numbers.
func (p *prometheus) ask(q target, expr string) (numbers []float64) {
	p.t.Helper()
	path, query := "/api/v1/query", url.Values{"query": {expr}}
	if !q.Instant {
		path = "/api/v1/query_range"
		query.Set("start", strconv.FormatInt(p.began.Unix(), 10))
		query.Set("end", strconv.FormatInt(time.Now().Unix(), 10))
		query.Set("step", "1")
	}
	var data struct{ Result []series }
	p.get(path, query, &data)
	for _, s := range data.Result {
		for _, v := range append(s.Values, s.Value) {
			if n := v.number(); !math.IsNaN(n) && !math.IsInf(n, 0) {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

// alert is one that is pending or fires.
type alert struct {
	Labels, Annotations map[string]string
	State               string
}

// fires waits until the alert of that name fires with the labels, name, value, name, value, …, and looks at its texts.
func (p *prometheus) fires(name string, labels ...string) {
	p.t.Helper()
	var found alert
	require.Eventually(p.t, func() bool {
		var data struct{ Alerts []alert }
		p.get("/api/v1/alerts", nil, &data)
		for _, found = range data.Alerts {
			if found.State == "firing" && found.is(name, labels) {
				return true
			}
		}
		return false
	}, seen, look, "%s %s does not fire", name, labels)
	for what, text := range found.Annotations {
		require.NotContains(p.t, text, "<error", what)
		require.NotContains(p.t, text, "{{", what)
	}
}

func (a alert) is(name string, labels []string) bool {
	for i := 0; i < len(labels); i += 2 {
		if a.Labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return a.Labels["alertname"] == name
}

// calms waits until no alert of that name is left.
func (p *prometheus) calms(name string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		var data struct{ Alerts []alert }
		p.get("/api/v1/alerts", nil, &data)
		for _, a := range data.Alerts {
			if a.is(name, nil) {
				return false
			}
		}
		return true
	}, seen, look, "%s goes on", name)
}

// scrapes waits until the target of the job is up, and returns its instance as Grafana's variable finds it.
func (p *prometheus) scrapes() (instance string) {
	p.t.Helper()
	var why string
	require.Eventually(p.t, func() bool {
		var data struct {
			ActiveTargets []struct{ Health, LastError string }
		}
		p.get("/api/v1/targets", nil, &data)
		why = fmt.Sprint(data.ActiveTargets)
		return len(data.ActiveTargets) == 1 && data.ActiveTargets[0].Health == "up"
	}, seen, look, "the service is not scraped: %s", why)
	var values []string
	p.get("/api/v1/label/instance/values", url.Values{"match[]": {"ari_recorder_build_info"}}, &values)
	require.Len(p.t, values, 1, why)
	return values[0]
}

// everyRuleWorks insists that Prometheus has evaluated each alert of the file without an error.
func (p *prometheus) everyRuleWorks(want []rule) {
	p.t.Helper()
	names := map[string]bool{}
	require.Eventually(p.t, func() bool {
		var data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
		p.get("/api/v1/rules", nil, &data)
		for _, group := range data.Groups {
			for _, r := range group.Rules {
				require.NotEqual(p.t, "err", r.Health, "%s: %s", r.Name, r.LastError)
				names[r.Name] = r.Health == "ok"
			}
		}
		for _, r := range want {
			if !names[r.Alert] {
				return false
			}
		}
		return true
	}, seen, look, "not every alert was evaluated: %v", names)
	require.Len(p.t, names, len(want))
}

var selector = regexp.MustCompile(`\b(up|ari_recorder_\w+|process_\w+)(\{[^}]*\})?`)

// everySelectorFinds insists that there is something wherever the alert looks: a name that is misspelt would keep it silent
// for ever.
func (p *prometheus) everySelectorFinds(r rule) {
	p.t.Helper()
	found := selector.FindAllString(r.Expr, -1)
	require.NotEmpty(p.t, found, r.Alert)
	for _, expr := range found {
		require.NotEmpty(p.t, p.ask(target{}, expr), "%s: %s", r.Alert, expr)
	}
}

// tool runs promtool beside Prometheus and insists that it finds nothing wrong.
func (p *prometheus) tool(input string, args ...string) {
	p.t.Helper()
	said, err := p.Promtool(p.t.Context(), input, args...)
	require.NoError(p.t, err)
	require.NotContains(p.t, strings.ToLower(said), "warning")
}
