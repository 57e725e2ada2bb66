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

// notLegacy are the codes that no GET at the legacy address can have.
var notLegacy = map[string]bool{
	api.CodeNotAcceptable: true, api.CodePrecondition: true, api.CodeRange: true, api.CodeUnsupportedType: true, api.CodePayloadTooLarge: true,
	api.CodeNotImplemented: true,
}

// Whatever status the table holds, a client of the legacy address can look it up.
func TestLegacyDocumentsEveryStatusOfTheTable(t *testing.T) {
	responses := at(t, document(t), "paths", "/servicemanager/services/njadmin-api-recording", "get", "responses").(object)
	for _, p := range api.Problems() {
		if notLegacy[p.Code] {
			continue
		}
		status := strconv.Itoa(p.Status)
		require.Contains(t, responses, status, p.Code)
		if p.Retryable() {
			at(t, responses, status, "headers", "Retry-After")
		}
	}
}

// Programs go by the codes: the document must know them all.
func TestTheDocumentHasEveryCode(t *testing.T) {
	doc := document(t)
	var codes []any
	for _, p := range api.Problems() {
		codes = append(codes, p.Code)
	}
	require.ElementsMatch(t, codes, at(t, doc, "components", "schemas", "Problem", "properties", "code", "enum"))
}

// Examples of problems are what clients see: the table's status and title, and an address that explains the code.
func TestExamplesOfProblemsFollowTheTable(t *testing.T) {
	count := 0
	for name, response := range at(t, document(t), "components", "responses").(object) {
		for code, example := range at(t, response, "content", "application/problem+json", "examples").(object) {
			value, p := at(t, example, "value").(object), api.ProblemOf(code)
			require.Equal(t, code, value["code"], name)
			require.Equal(t, p.Code, value["code"], name)
			require.Equal(t, p.Status, value["status"], name)
			require.Equal(t, p.Title, value["title"], name)
			require.Equal(t, "/docs/problems#"+code, value["type"], name)
			require.Equal(t, p.Retryable(), value["retry_after"] != nil, name)
			count++
		}
	}
	require.Greater(t, count, 30)
}

// Every response below /v1 that is an error is one of the shared problems, under its own status.
func TestErrorsAreProblems(t *testing.T) {
	doc := document(t)
	for path, item := range at(t, doc, "paths").(object) {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		for method, operation := range item.(object) {
			if method == "parameters" {
				continue
			}
			for status, response := range at(t, operation, "responses").(object) {
				if status < "400" {
					continue
				}
				ref := at(t, response, "$ref").(string)
				examples := at(t, doc, append(strings.Split(strings.TrimPrefix(ref, "#/"), "/"), "content", "application/problem+json", "examples")...)
				for code := range examples.(object) {
					require.Equal(t, status, strconv.Itoa(api.ProblemOf(code).Status), "%s %s", method, path)
				}
			}
		}
	}
}

func TestOperationsHaveTheirOwnNames(t *testing.T) {
	seen := map[string]bool{}
	walk(at(t, document(t), "paths"), func(o object) {
		if id, ok := o["operationId"].(string); ok {
			require.False(t, seen[id], id)
			require.NotEmpty(t, o["summary"], id)
			require.NotEmpty(t, o["tags"], id)
			seen[id] = true
		}
	})
	require.Greater(t, len(seen), 25)
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
