package rest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// answerCSV sends entries as CSV (RFC 4180) with a header row. The columns are paths in the entries' JSON, so that both
// forms say the same; what is null there is empty here.
func (r *request) answerCSV(columns []string, entries []any) error {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	rows := [][]string{heading(columns)}
	for _, entry := range entries {
		row, err := cells(columns, entry)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return send(r, http.StatusOK, asCSV+"; charset=utf-8; header=present", out.Bytes())
}

func heading(columns []string) []string {
	row := make([]string, len(columns))
	for i, path := range columns {
		row[i] = strings.ReplaceAll(path, ".", "_")
	}
	return row
}

func cells(columns []string, entry any) ([]string, error) {
	text, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a size must not become 1e+06
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	row := make([]string, len(columns))
	for i, path := range columns {
		row[i] = cell(at(object, path))
	}
	return row, nil
}

func at(object map[string]any, path string) any {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		return object[first]
	}
	inner, _ := object[first].(map[string]any) // null has no fields
	return at(inner, rest)
}

func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return harmless(value)
	case []any:
		return listed(value)
	default:
		return fmt.Sprint(value)
	}
}

// listed puts a list into one field, as JSON; an empty one is nothing.
func listed(list []any) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "" // it was read from JSON
	}
	return harmless(string(text))
}

// plainNumber is what may begin like a formula and is none: a telephone number, or an amount.
var plainNumber = regexp.MustCompile(`^[+-][0-9][0-9 ]*([.,][0-9]+)?$`)

// formulas are the characters that a formula may begin with, full-width ones and what is skipped before it included.
const formulas = "=+-@\t\r\n＝＋－＠"

// harmless keeps spreadsheets from taking a caller's text, such as a tag, for a formula.
func harmless(text string) string {
	if strings.IndexAny(text, formulas) == 0 && !plainNumber.MatchString(text) {
		return "'" + text
	}
	return text
}
