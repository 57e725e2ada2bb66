package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/api"
)

func TestStatusesAreTheContracts(t *testing.T) {
	for code, status := range map[string]int{
		"invalid": 400, "unauthorized": 401, "forbidden": 403, "private": 403,
		"no_channel": 404, "no_recording": 404, "not_found": 404, "method_not_allowed": 405, "not_acceptable": 406,
		"not_answered": 409, "ambiguous": 409, "other_tag": 409, "not_recorded": 409, "call_in_progress": 409,
		"legal_hold": 409, "wrong_state": 409, "user_not_allowed": 403, "no_call": 404,
		"deleted": 410, "precondition_failed": 412, "too_large": 413, "unsupported_type": 415, "range_not_satisfiable": 416,
		"key_reused": 422, "recording_failed": 422, "too_many": 429, "rate_limited": 429, "internal": 500, "not_implemented": 501,
		"asterisk_unavailable": 503, "database_unavailable": 503, "storage_unavailable": 503, "storage_full": 503, "not_stored_yet": 503,
	} {
		problem := api.ProblemOf(code)
		require.Equal(t, code, problem.Code)
		require.Equal(t, status, problem.Status, code)
		require.Equal(t, status == 429 || status == 503, problem.Retryable(), code)
	}
}

func TestEveryProblemHasATitleAndIsThereOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range api.Problems() {
		require.NotEmpty(t, p.Title, p.Code)
		require.False(t, seen[p.Code], p.Code)
		seen[p.Code] = true
	}
}

func TestUnknownCodesAreInternal(t *testing.T) {
	for _, code := range []string{"", "nonsense"} {
		require.Equal(t, 500, api.ProblemOf(code).Status)
	}
}

func TestTheTableCannotBeChangedFromOutside(t *testing.T) {
	api.Problems()[0].Status = 1
	require.Equal(t, 400, api.Problems()[0].Status)
}

// The table must know every code of the domain, which this package may not import: a new one without a line here would
// be told to clients as our own failure.
func TestEveryCodeOfTheDomainIsInTheTable(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../pkg/recording/errors.go", nil, 0)
	require.NoError(t, err)
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		require.Equal(t, code, api.ProblemOf(code).Code)
		found++
		return true
	})
	require.GreaterOrEqual(t, found, 17)
}
