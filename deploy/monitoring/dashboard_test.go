package monitoring

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const dashboardFile = "grafana/dashboards/ari-recorder.json"

// board is the dashboard, as far as the tests look at it.
type board struct {
	Panels     []panel
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
	Annotations struct{ List []target }
}

type panel struct {
	Title, Type, Description string
	GridPos                  struct{ X, Y, W, H int }
	Datasource               source
	Targets                  []target
	FieldConfig              struct{ Defaults struct{ Unit string } }
}

type target struct {
	Expr       string
	Instant    bool
	Datasource source
}

type source struct{ Type, UID string }

func dashboard(t *testing.T) (b board) {
	t.Helper()
	require.NoError(t, json.Unmarshal(read(t, dashboardFile), &b))
	require.NotEmpty(t, b.Panels)
	return b
}

func TestEveryPanelSaysWhatItShows(t *testing.T) {
	titles := map[string]bool{}
	for _, p := range dashboard(t).Panels {
		require.False(t, titles[p.Title], p.Title)
		titles[p.Title] = true
		if p.Type == "row" {
			continue
		}
		require.NotEmpty(t, p.Description, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		if p.Type != "state-timeline" {
			require.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
		}
		for _, q := range append(p.Targets, target{Expr: "$instance", Datasource: p.Datasource}) {
			require.Equal(t, source{"prometheus", "${datasource}"}, q.Datasource, p.Title)
		}
	}
}

func TestPanelsStandBesideEachOther(t *testing.T) {
	taken := map[string]string{}
	for _, p := range dashboard(t).Panels {
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				place := fmt.Sprint(p.GridPos.X+x, ",", p.GridPos.Y+y)
				require.Empty(t, taken[place], p.Title)
				taken[place] = p.Title
			}
		}
	}
}

// variables are what Grafana puts into a query.
type variables struct {
	instance       string // as a label's value
	interval, rate string // of the steps and, four scrapes at least, of rates
}

var leftOver = regexp.MustCompile(`\$[a-zA-Z_{]`)

// fill puts the variables into a query as Grafana does: values of a variable with several are escaped for the regular
// expressions that they are used in.
func (v variables) fill(t *testing.T, expr string) string {
	t.Helper()
	escaped := strings.ReplaceAll(regexp.QuoteMeta(v.instance), `\`, `\\`)
	expr = strings.NewReplacer("$__rate_interval", v.rate, "$__interval", v.interval, "$instance", "("+escaped+")").Replace(expr)
	require.NotRegexp(t, leftOver, expr)
	return expr
}
