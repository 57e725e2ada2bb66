package rest

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// table reads CSV; every line must have as many cells as the first.
func (r reply) table() [][]string {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.StatusCode, r.body)
	require.Equal(r.t, "text/csv; charset=utf-8; header=present", r.Header.Get("Content-Type"))
	require.Equal(r.t, "no-store", r.Header.Get("Cache-Control"))
	require.Equal(r.t, "Accept", r.Header.Get("Vary"))
	require.Equal(r.t, strings.Count(r.body, "\n"), strings.Count(r.body, "\r\n"))
	rows, err := csv.NewReader(strings.NewReader(r.body)).ReadAll()
	require.NoError(r.t, err)
	return rows
}

func TestRecordingsAsCSV(t *testing.T) {
	f := &fake{recordings: many(3)}
	f.recordings[0].Tag = "=1+1,\"x\"\r\ny"
	f.recordings[1].Failure = &recording.Failure{Code: recording.FailNoFile, Detail: "no file"}
	s := serve(t, f, Options{})
	r := s.get("/v1/recordings?limit=2", "Accept", "text/csv")
	rows := r.table()
	require.Len(t, rows, 3)
	cell := func(row int, name string) string {
		for i, heading := range rows[0] {
			if heading == name {
				return rows[row][i]
			}
		}
		require.Fail(t, "no column "+name)
		return ""
	}
	require.Equal(t, "id", rows[0][0])
	require.Equal(t, someID, cell(1, "id"))
	require.Equal(t, "'=1+1,\"x\"\ny", cell(1, "tag")) // the reader makes \n of \r\n
	require.Equal(t, "Ann", cell(1, "caller_name"))
	require.Equal(t, "+4930123456", cell(1, "connected_number"))
	require.Equal(t, "60000", cell(1, "duration_ms"))
	require.Equal(t, "false", cell(1, "private"))
	require.Empty(t, cell(1, "deleted_at"))
	require.Empty(t, cell(1, "failure_code"))
	require.Equal(t, "no_file", cell(2, "failure_code"))
	require.Contains(t, r.Header.Get("Link"), `rel="next"`)
}

// Every field of the JSON is a column, so that neither form falls behind.
func TestCSVHasEveryField(t *testing.T) {
	f := &fake{recordings: many(1), entries: []recording.AuditEntry{{Seq: 1, At: began, Action: recording.ActionStop}}}
	f.recordings[0].Failure = &recording.Failure{}
	s := serve(t, f, Options{})
	for path, list := range map[string]string{"/v1/recordings": "recordings", "/v1/audit": "entries"} {
		object := s.get(path).json()[list].([]any)[0].(map[string]any)
		require.ElementsMatch(t, flat("", object), s.get(path, "Accept", "text/csv").table()[0])
	}
}

func flat(prefix string, object map[string]any) (names []string) {
	for name, value := range object {
		if inner, nested := value.(map[string]any); nested {
			names = append(names, flat(prefix+name+"_", inner)...)
			continue
		}
		names = append(names, prefix+name)
	}
	return names
}

func TestSpreadsheetsFindNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"22":                  "22",
		"a=b":                 "a=b",
		"+4930123456":         "+4930123456",
		"+49 30 123456":       "+49 30 123456",
		"-12.50":              "-12.50",
		"=1+1":                "'=1+1",
		"+1+1":                "'+1+1",
		"-2-3":                "'-2-3",
		"+49 30=cmd()":        "'+49 30=cmd()",
		"@SUM(A1)":            "'@SUM(A1)",
		"\t=1":                "'\t=1",
		"\r=1":                "'\r=1",
		"+":                   "'+",
		"＝1+1":                "'＝1+1",
		"＋1":                  "'＋1",
		"－1":                  "'－1",
		"＠SUM(A1)":            "'＠SUM(A1)",
		"é=":                  "é=",
		"-1\n=cmd|' /C x'!A0": "'-1\n=cmd|' /C x'!A0",
	} {
		require.Equal(t, want, harmless(text))
	}
}

func TestAuditAsCSV(t *testing.T) {
	f := &fake{entries: []recording.AuditEntry{{Seq: 1, At: began, Action: recording.ActionPlay, Username: "@fred", Outcome: "ok"}}}
	rows := serve(t, f, Options{}).get("/v1/audit?action=play", "Accept", "text/csv").table()
	require.Equal(t, []string{"at", "action", "outcome", "username", "key", "address", "request_id", "subject", "recording_id"}, rows[0])
	require.Equal(t, []string{"2026-11-23T07:17:02.694Z", "play", "ok", "'@fred", "", "", "", "", ""}, rows[1])
}
