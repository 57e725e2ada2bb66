package sqlstore_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

// skewed fills a server's tables with what a site has after two years, in small: see the file.
//
//go:embed testdata/skewed.sql
var skewed string

// firstDay is when the site began; it made a recording each hour.
var firstDay = time.Date(2024, 11, 23, 0, 0, 0, 0, time.UTC)

func hours(n int) time.Time { return firstDay.Add(time.Duration(n) * time.Hour) }

// TestServersReadNoMoreThanAPage counts what servers that know their tables look at for a page, however deep it is in its
// list, and whether much of the table was deleted or nothing.
func TestServersReadNoMoreThanAPage(t *testing.T) {
	for _, e := range engines[1:] {
		t.Run(e.name, func(t *testing.T) {
			s := open(t, e.fresh(t))
			execute(t, s, skewed)
			t.Run("half of it was deleted", func(t *testing.T) { pagesAtAnyDepth(t, s) })
			require.NoError(t, s.Exec(t.Context(), "UPDATE recordings SET deleted_at = NULL, erase_asked_at = NULL, erased_at = NULL"))
			require.NoError(t, s.Exec(t.Context(), "ANALYZE TABLE recordings"))
			t.Run("nothing was deleted", func(t *testing.T) { pagesAtAnyDepth(t, s) })
		})
	}
}

func pagesAtAnyDepth(t *testing.T, s *sqlstore.Store) {
	lists := lists()
	for _, n := range []int{0, 19_000, 17_000, 15_000, 12_000, 9000, 5000, 100} {
		p := recording.Page{Limit: 50}
		if n > 0 {
			p.After = recording.Position{At: hours(n), Seq: int64(n)}
		}
		for name, list := range lists {
			query := list(s, p)
			reads, err := s.Reads(t.Context(), query)
			require.NoError(t, err, name)
			most := int64(150) // a few are passed over
			if strings.Contains(query.SQL, "UNION") {
				most = 700 // four pages, merged
			}
			require.LessOrEqual(t, reads, most, "%s from %d on\n%s", name, n, query.SQL)
		}
	}
}

// lists are queries by all that has an order of its own.
func lists() map[string]func(*sqlstore.Store, recording.Page) sqlstore.Query {
	lists := make(map[string]func(*sqlstore.Store, recording.Page) sqlstore.Query)
	for name, f := range map[string]recording.Filter{
		"everything": {}, "not deleted": {NotDeleted: true}, "available": {NotDeleted: true, States: []recording.State{recording.Available}},
		"a year": {NotDeleted: true, From: hours(100), To: hours(9000)}, "another": {From: hours(10_000), To: hours(19_000)},
		"a day": {NotDeleted: true, From: hours(100), To: hours(124)},
		"tag":   {NotDeleted: true, Tag: "7777"}, "large tag": {NotDeleted: true, Tag: "campaign"}, "unknown tag": {NotDeleted: true, Tag: "unknown"},
		"large tag in a year": {Tag: "campaign", From: hours(100), To: hours(9000)},
		"extension":           {NotDeleted: true, Extension: "120"}, "large extension": {NotDeleted: true, Extension: "100"}, "large extension with deleted": {Extension: "100"},
		"large tag with deleted": {Tag: "campaign"}, "extension in a year": {NotDeleted: true, Extension: "100", From: hours(10_000)},
		"large node": {NotDeleted: true, Node: "default"}, "small node": {NotDeleted: true, Node: "paris"}, "unknown node": {NotDeleted: true, Node: "rome"},
		"large node with deleted": {Node: "default"}, "small node with deleted": {Node: "paris"},
		"failed": {NotDeleted: true, States: []recording.State{recording.Failed}}, "failed with deleted": {States: []recording.State{recording.Failed}}, "running": {States: running, NotDeleted: true},
		"running, by extension": {States: running, Extension: "100", NotDeleted: true},
		"uniqueid":              {NotDeleted: true, UniqueID: "77.0"}, "linkedid": {LinkedID: "77.0", Node: "default"},
		"tag and node": {Tag: "campaign", Node: "default"}, "tag and extension": {Tag: "campaign", Extension: "103"}, "extension and node": {Extension: "100", Node: "default", NotDeleted: true},
	} {
		lists[name] = func(s *sqlstore.Store, p recording.Page) sqlstore.Query { return s.ListQuery(f, p) }
	}
	for name, f := range map[string]recording.CallFilter{
		"calls": {}, "calls in a year": {From: hours(100), To: hours(9000)}, "calls by reference": {ExternalReference: "campaign"},
		"calls of a node": {Node: "default"}, "calls of a small node": {Node: "paris"}, "calls by reference and node": {ExternalReference: "campaign", Node: "default"},
	} {
		lists[name] = func(s *sqlstore.Store, p recording.Page) sqlstore.Query { return s.CallsQuery(f, p) }
	}
	for name, f := range map[string]recording.AuditFilter{
		"audit trail": {}, "in a year": {From: hours(100), To: hours(9000)}, "of a recording": {RecordingID: "r77"}, "of a busy user": {Username: "ann"},
		"of a stranger": {Username: "mallory"}, "of an old key": {Key: "old"}, "of a key": {Key: "crm"}, "denied": {Action: recording.ActionDenied},
		"denied to a key": {Action: recording.ActionDenied, Key: "crm"}, "of a busy user in a year": {Username: "ann", From: hours(100)},
	} {
		lists[name] = func(s *sqlstore.Store, p recording.Page) sqlstore.Query { return s.AuditQuery(f, p) }
	}
	for name, d := range map[string]recording.Doom{
		"aged":         {Cause: recording.DoomAged, Before: hours(20_000)},
		"deleted":      {Cause: recording.DoomDeleted, Before: hours(30_000)},
		"to be erased": {Cause: recording.DoomAsked},
	} {
		lists[name] = func(s *sqlstore.Store, p recording.Page) sqlstore.Query { return s.DoomedQuery(d, p.After, p.Limit) }
	}
	return lists
}

// TestServersFindByIndex asks servers how they would find what is not paged.
func TestServersFindByIndex(t *testing.T) {
	for _, e := range engines[1:] {
		t.Run(e.name, func(t *testing.T) {
			s := open(t, e.fresh(t))
			execute(t, s, skewed)
			foundByIndex(t, s)
		})
	}
}

func foundByIndex(t *testing.T, s *sqlstore.Store) {
	available := []recording.State{recording.Available}
	tests := []struct {
		name  string
		query sqlstore.Query
		keys  string
		most  int64
	}{
		{"tag, as retrieve asks", s.FindQuery(recording.Filter{Tag: "7777", NotDeleted: true, Limit: 10}), "recordings_tag", 10},
		{"a large tag", s.FindQuery(recording.Filter{Tag: "campaign", NotDeleted: true, Limit: 10}), "recordings_tag", 2000},
		{"uniqueid, as start asks", s.FindQuery(recording.Filter{UniqueID: "77.0", Node: "default", States: running, Limit: 1}), "recordings_uniqueid recordings_phase_lifecycle", 20},
		{"uniqueid, as stop asks", s.FindQuery(recording.Filter{UniqueID: "77.0", NotDeleted: true, Limit: 10}), "recordings_uniqueid", 10},
		{"uniqueids, as call records ask", s.FindQuery(recording.Filter{UniqueIDs: []string{"77.0", "78.0"}, NotDeleted: true}), "recordings_uniqueid", 10},
		{"linkedid", s.FindQuery(recording.Filter{LinkedID: "77.0", NotDeleted: true, Limit: 10}), "recordings_linkedid", 10},
		{"extension, as stop asks", s.FindQuery(recording.Filter{Extension: "100", States: running}), "recordings_phase_lifecycle", 30},
		{"calls that live", s.FindQuery(recording.Filter{Node: "default", CallLives: true}), "recordings_call_ended_at", 30},
		{"copies to be swept", s.FindQuery(recording.Filter{Node: "default", States: available, SourceExists: true}), "recordings_source_deleted_at", 30},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan := explain(t, s, test.query)
			require.Contains(t, strings.Fields(test.keys), plan.Key, "%+v\n%s", plan, test.query.SQL)
			require.LessOrEqual(t, plan.Rows, test.most, "%+v\n%s", plan, test.query.SQL)
		})
	}
}

func explain(t *testing.T, s *sqlstore.Store, q sqlstore.Query) sqlstore.Plan {
	t.Helper()
	plans, err := s.Explain(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, plans, 1, fmt.Sprint(q))
	return plans[0]
}
