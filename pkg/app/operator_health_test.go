package app

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const healthType = "application/health+json"

// unwell is what a service says whose second node is away.
const unwell = `{"status":"warn","version":"1.2.3","checks":{
	"asterisk:connectivity":[
		{"componentId":"north","componentType":"component","observedValue":0.412,"observedUnit":"ms","lastEventAgeMs":1200,"status":"pass","time":"2026-11-23T07:17:02.694Z"},
		{"componentId":"south","componentType":"component","status":"fail","time":"2026-11-23T07:17:02.694Z","output":"connection refused | by 10.0.0.5\nand more"}],
	"storage:free":[{"componentType":"datastore","observedValue":1500000000,"observedUnit":"bytes","status":"warn","time":"2026-11-23T07:17:02.694Z","output":"4.0 % of the storage is free"}],
	"recordings:active":[{"componentType":"component","observedValue":2,"observedUnit":"recordings","status":"pass","time":"2026-11-23T07:17:02.694Z"}],
	"archive:backlog":[{"componentType":"component","observedValue":0,"observedUnit":"recordings","status":"pass","time":"2026-11-23T07:17:02.694Z"}],
	"uptime":[{"componentType":"system","observedValue":93.5,"observedUnit":"s","status":"pass","time":"2026-11-23T07:17:02.694Z"}]}}`

func TestHealthIsATableForPeopleAndTheDocumentForPrograms(t *testing.T) {
	a := newAnswering(t, httptest.NewServer, 200, healthType, unwell)
	o := newOperated(t)
	require.NoError(t, Health(t.Context(), HealthQuery{URL: a.URL}, o.console(false)), "warn is no failure")
	require.Equal(t, "/health", a.asked.URL.Path)
	require.Empty(t, a.asked.Header.Get("Authorization"))
	require.True(t, strings.HasPrefix(o.out.String(), "warn, version 1.2.3\n\nCHECK "), o.out.String())
	for _, row := range []string{
		`asterisk:connectivity +north +pass +0\.412 ms +last event 1\.2s ago`, `asterisk:connectivity +south +fail +- +"connection refused`,
		`storage:free +- +warn +1\.5 GB +4\.0 % of the storage is free`, `uptime +- +pass +1m34s +-`, `recordings:active +- +pass +2 recordings`,
	} {
		require.Regexp(t, row, o.out.String())
	}
	require.NoError(t, Health(t.Context(), HealthQuery{URL: a.URL}, o.console(true)))
	require.JSONEq(t, unwell, o.out.String())
}

func TestHealthThatFails(t *testing.T) {
	failing := strings.Replace(unwell, `"warn"`, `"fail"`, 1)
	a := newAnswering(t, httptest.NewServer, 503, healthType, failing)
	o := newOperated(t)
	for _, asJSON := range []bool{false, true} {
		err := Health(t.Context(), HealthQuery{URL: a.URL}, o.console(asJSON))
		require.EqualError(t, err, `the service fails: "asterisk:connectivity south: connection refused | by 10.0.0.5\nand more"; storage:free: 4.0 % of the storage is free`)
		require.NotEmpty(t, o.out.String())
	}
	require.JSONEq(t, failing, o.out.String())
}

func TestHealthOfSomethingElse(t *testing.T) {
	for _, body := range []string{"<h1>Bad Gateway</h1>", "{}", `{"status":"UP"}`, `{"status":"pass"}`, `{"status":"up","checks":{"uptime":[]}}`, "alive indeed"} {
		a := newAnswering(t, httptest.NewServer, 200, "application/json", body)
		for _, live := range []bool{false, true} {
			o := newOperated(t)
			q := HealthQuery{URL: a.URL, Live: live}
			require.ErrorContains(t, Health(t.Context(), q, o.console(false)), "is not this service", body)
			require.Empty(t, o.out.String())
			require.Equal(t, PluginCritical, HealthPlugin(t.Context(), q, o.console(false)), body)
		}
	}
}

func TestLivenessAsksNothingElse(t *testing.T) {
	a := newAnswering(t, httptest.NewServer, 200, "text/plain; charset=utf-8", "alive\n")
	o := newOperated(t)
	require.NoError(t, Health(t.Context(), HealthQuery{URL: a.URL, Live: true}, o.console(false)))
	require.Equal(t, "alive\n", o.out.String())
	require.Equal(t, "/health/live", a.asked.URL.Path)
	usage(t, Health(t.Context(), HealthQuery{URL: a.URL, Live: true}, o.console(true)), "--live has no document")
	require.Zero(t, HealthPlugin(t.Context(), HealthQuery{URL: a.URL, Live: true}, o.console(false)))
	require.Equal(t, "ARI-RECORDER OK - alive\n", o.out.String())
	a.Close()
	require.ErrorContains(t, Health(t.Context(), HealthQuery{URL: a.URL, Live: true}, o.console(false)), "cannot be reached")
}

func TestHealthForNagios(t *testing.T) {
	const performance = " |archive_backlog=0 asterisk_connectivity_north=0.412ms recordings_active=2 storage_free=1500000000B uptime=93.5s\n"
	const troubles = `"asterisk:connectivity south: connection refused / by 10.0.0.5\nand more"; storage:free: 4.0 % of the storage is free`
	for status, want := range map[string]struct {
		code int
		line string
	}{
		"pass": {PluginOK, "ARI-RECORDER OK - version 1.2.3, 2 nodes, 2 recordings running, 0 waiting for the archive"},
		"warn": {PluginWarning, "ARI-RECORDER WARNING - " + troubles},
		"fail": {PluginCritical, "ARI-RECORDER CRITICAL - " + troubles},
	} {
		a := newAnswering(t, httptest.NewServer, 200, healthType, strings.Replace(unwell, `"warn"`, `"`+status+`"`, 1))
		o := newOperated(t)
		require.Equal(t, want.code, HealthPlugin(t.Context(), HealthQuery{URL: a.URL}, o.console(false)))
		require.Equal(t, want.line+performance, o.out.String())
	}
}

func TestNagiosIsToldOfBadQueriesAndNoAnswer(t *testing.T) {
	o := newOperated(t)
	for _, q := range []HealthQuery{{URL: "nowhere"}, {URL: "http://localhost", Timeout: -1}, {URL: "https://localhost", CAFile: "/nowhere"}} {
		require.Equal(t, PluginUnknown, HealthPlugin(t.Context(), q, o.console(false)))
		require.Regexp(t, `^ARI-RECORDER UNKNOWN - --[^\n]+\n$`, o.out.String())
	}
	require.Equal(t, PluginUnknown, HealthPlugin(t.Context(), HealthQuery{URL: "http://localhost"}, o.console(true)))
	a := newAnswering(t, httptest.NewServer, 200, healthType, unwell)
	a.Close()
	require.Equal(t, PluginCritical, HealthPlugin(t.Context(), HealthQuery{URL: a.URL}, o.console(false)))
	require.Regexp(t, `^ARI-RECORDER CRITICAL - the service at [^\n]+ cannot be reached: [^\n|]+\n$`, o.out.String())
}

func TestPerformanceDataNeedsNoQuotes(t *testing.T) {
	require.Equal(t, "events_lag_a_b_c_d", label("events:lag", "a'b=c d"))
	require.Equal(t, "events_lag_n_rd-1.x", label("events:lag", "nörd-1.x"))
}

// The certificate is for the service's public name and may have run out: neither makes the process unwell.
func TestTheOwnServiceIsAskedWhateverItsCertificateSays(t *testing.T) {
	a := newAnswering(t, httptest.NewTLSServer, 200, healthType, unwell)
	o := newOperated(t)
	require.ErrorContains(t, Health(t.Context(), HealthQuery{URL: a.URL}, o.console(false)), "certificate")
	require.NoError(t, Health(t.Context(), HealthQuery{URL: a.URL, Own: true, Timeout: time.Minute}, o.console(false)))
}
