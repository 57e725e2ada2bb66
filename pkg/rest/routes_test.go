package rest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/rest/resttest"
)

type documented struct {
	OperationID string                    `yaml:"operationId"`
	Description string                    `yaml:"description"`
	Scopes      []access.Scope            `yaml:"x-scopes"`
	Security    *[]map[string][]string    `yaml:"security"`
	Parameters  []map[string]any          `yaml:"parameters"`
	Responses   map[string]map[string]any `yaml:"responses"`
}

// operationsOf reads the document: method and path, with echo's way to write parameters, of everything below the prefixes.
func operationsOf(t *testing.T, prefixes ...string) map[string]documented {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]yaml.Node
	}
	require.NoError(t, yaml.Unmarshal(api.OpenAPI, &doc))
	found := map[string]documented{}
	for path, item := range doc.Paths {
		for _, prefix := range prefixes {
			if path != prefix && !strings.HasPrefix(path, prefix+"/") {
				continue
			}
			for method, node := range item {
				if method == "parameters" {
					continue
				}
				var o documented
				require.NoError(t, node.Decode(&o), path)
				found[strings.ToUpper(method)+" "+regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, ":$1")] = o
			}
		}
	}
	return found
}

func registered() *router {
	r := newRouter()
	Register(r, &fake{}, Options{})
	return r
}

func TestRoutesAndDocumentAgree(t *testing.T) {
	r, doc := registered(), operationsOf(t, Prefix, DocsPath)
	for route, scopes := range r.scopes {
		route = strings.TrimSuffix(route, "/") // the document knows no difference
		require.Contains(t, doc, route, "a route is not in the document")
		require.ElementsMatch(t, scopes, doc[route].Scopes, route)
		for _, scope := range scopes {
			require.Contains(t, doc[route].Description, "`"+string(scope)+"`", route)
		}
	}
	for route, o := range doc {
		require.Contains(t, r.scopes, route, "the document has what is not served")
		require.Equal(t, strings.Contains(route, DocsPath), o.Security != nil, route) // else the document's own holds
	}
}

// What a route takes from the query is what the document says.
func TestQueryParametersAgree(t *testing.T) {
	doc, shared := operationsOf(t, Prefix), sharedParameters(t)
	for _, row := range table {
		var names []string
		o := doc[row.method+" "+Prefix+row.path]
		for _, p := range append(o.Parameters, shared.ofPath(row.path)...) {
			if p = shared.resolve(p); p["in"] == "query" {
				names = append(names, p["name"].(string))
			}
		}
		require.ElementsMatch(t, row.query, names, "%s %s", row.method, row.path)
	}
}

type parameters struct {
	components map[string]map[string]any
	paths      map[string][]map[string]any
}

func sharedParameters(t *testing.T) parameters {
	var doc struct {
		Paths map[string]struct {
			Parameters []map[string]any
		}
		Components struct{ Parameters map[string]map[string]any }
	}
	require.NoError(t, yaml.Unmarshal(api.OpenAPI, &doc))
	p := parameters{doc.Components.Parameters, map[string][]map[string]any{}}
	for path, item := range doc.Paths {
		p.paths[path] = item.Parameters
	}
	return p
}

func (p parameters) ofPath(path string) []map[string]any {
	return p.paths[Prefix+regexp.MustCompile(`:(\w+)`).ReplaceAllString(path, "{$1}")]
}

func (p parameters) resolve(parameter map[string]any) map[string]any {
	if ref, ok := parameter["$ref"].(string); ok {
		return p.components[strings.TrimPrefix(ref, "#/components/parameters/")]
	}
	return parameter
}

// Every operation below /v1 is guarded, may be too frequent, and may fail.
func TestEveryOperationHasTheAnswersOfTheGuard(t *testing.T) {
	for route, o := range operationsOf(t, Prefix) {
		for _, status := range []string{"400", "401", "403", "429", "500", "503"} {
			require.Contains(t, o.Responses, status, route)
		}
		if strings.Contains(route, ":") {
			require.Contains(t, o.Responses, "404", route)
		}
	}
}

// Each operation is answered as asked at least once here, so that each answer is held against the document.
func TestEveryOperationIsAnswered(t *testing.T) {
	f := &fake{
		recording: someRecording(recording.Available), recordings: many(2), calls: []recording.CallRecord{someCall(1)},
		live: []recording.LiveCall{someLive()}, entries: []recording.AuditEntry{{Seq: 1, At: began, Action: recording.ActionErase}},
		events: []recording.Event{{At: began, Kind: recording.EventErased, State: recording.Available}},
	}
	f.resolution.Channel, f.resolution.By = someLive().Channel, "uniqueid"
	s := serve(t, f, Options{})
	var err error
	s.validator, err = resttest.New(nil)
	require.NoError(t, err)
	for _, o := range operations {
		require.Less(t, s.ask(o.method, Prefix+o.path, o.body).StatusCode, 300)
	}
	s.ask("HEAD", audioPath, "")
	for _, path := range []string{DocsPath, ProblemsPath, DocsPath + "/swagger-ui.css"} {
		require.Equal(t, 200, s.get(path).StatusCode)
	}
	require.Equal(t, []string{"health", "legacy", "live", "metrics", "openapi", "ready", "soap"}, s.validator.Missing())
}
