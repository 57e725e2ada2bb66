package api_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ari-recorder/api"
)

type object = map[string]any

func document(t *testing.T) object {
	t.Helper()
	var doc object
	require.NoError(t, yaml.Unmarshal(api.OpenAPI, &doc))
	return doc
}

// at follows keys into the document.
func at(t *testing.T, in any, keys ...string) any {
	t.Helper()
	for _, key := range keys {
		level, ok := in.(object)
		require.True(t, ok, "%s is in no object", key)
		require.Contains(t, level, key)
		in = level[key]
	}
	return in
}

// walk visits every object of the document.
func walk(in any, visit func(object)) {
	switch in := in.(type) {
	case object:
		visit(in)
		for _, value := range in {
			walk(value, visit)
		}
	case []any:
		for _, value := range in {
			walk(value, visit)
		}
	}
}

func TestDocumentIsOpenAPI31(t *testing.T) {
	doc := document(t)
	require.Equal(t, "3.1.0", doc["openapi"])
	for _, path := range []string{"/health", "/health/live", "/health/ready", "/metrics", "/openapi.yaml"} {
		at(t, doc, "paths", path, "get", "responses", "200")
	}
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	doc, count := document(t), 0
	walk(doc, func(o object) {
		if ref, ok := o["$ref"].(string); ok {
			rest, local := strings.CutPrefix(ref, "#/")
			require.True(t, local, ref)
			at(t, doc, strings.Split(rest, "/")...)
			count++
		}
	})
	require.Positive(t, count)
}

// Whatever status the table holds, a client of the legacy address can look it up; 401 comes with credentials.
func TestLegacyDocumentsEveryStatusOfTheTable(t *testing.T) {
	responses := at(t, document(t), "paths", "/servicemanager/services/njadmin-api-recording", "get", "responses").(object)
	for _, p := range api.Problems() {
		if p.Code == api.CodeUnauthorized {
			continue
		}
		status := strconv.Itoa(p.Status)
		require.Contains(t, responses, status, p.Code)
		if p.Retryable() {
			at(t, responses, status, "headers", "Retry-After")
		}
	}
}

func TestRecordingsExampleHasEveryRequiredField(t *testing.T) {
	doc := document(t)
	example := at(t, doc, "components", "examples", "Recording", "value").(object)
	schema := at(t, doc, "components", "schemas", "Recording")
	properties := at(t, schema, "properties").(object)
	required := at(t, schema, "required").([]any)
	require.Len(t, properties, len(required))
	for _, field := range required {
		require.Contains(t, example, field)
		require.Contains(t, properties, field)
	}
	require.Len(t, example, len(required))
}
