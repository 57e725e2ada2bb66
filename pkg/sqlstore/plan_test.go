package sqlstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

var running = []recording.State{recording.Starting, recording.Active, recording.Paused, recording.Stopping}

// TestSQLitePlans asks SQLite how it would find things. It has no statistics and so decides by the indexes alone.
func TestSQLitePlans(t *testing.T) {
	s := open(t, sqliteURL(t))
	deep := recording.Page{After: recording.Position{At: time.Now(), Seq: 7}, Limit: 50}
	find := func(f recording.Filter) sqlstore.Query { return s.FindQuery(f) }
	list := func(f recording.Filter) sqlstore.Query { return s.ListQuery(f, deep) }
	audit := func(f recording.AuditFilter) sqlstore.Query { return s.AuditQuery(f, deep) }
	calls := func(f recording.CallFilter) sqlstore.Query { return s.CallsQuery(f, deep) }
	doomed := func(c recording.Cause) sqlstore.Query {
		return s.DoomedQuery(recording.Doom{Cause: c, Before: time.Now()}, deep.After, 100)
	}
	const sorted = "USE TEMP B-TREE FOR ORDER BY"
	tests := []struct {
		name  string
		query sqlstore.Query
		plan  []string
	}{
		{"everything", find(recording.Filter{}), []string{"SCAN recordings"}},
		{"a node", find(recording.Filter{Node: "default"}), []string{"INDEX recordings_node_lifecycle (node=?)", sorted}},
		{"a page of everything", find(recording.Filter{Before: 7}), []string{"USING INTEGER PRIMARY KEY (rowid<?)"}},
		{"tag", find(recording.Filter{Tag: "22"}), []string{"INDEX recordings_tag (tag=?)"}},
		{"tag, as retrieve asks", find(recording.Filter{Tag: "22", NotDeleted: true, Before: 7, Limit: 10}), []string{"INDEX recordings_tag (tag=? AND seq<?)"}},
		{"uniqueid", find(recording.Filter{UniqueID: "1", Node: "default"}), []string{"INDEX recordings_uniqueid (uniqueid=?)"}},
		{"uniqueid, as start asks", find(recording.Filter{UniqueID: "1", Node: "default", States: running, Limit: 1}), []string{"INDEX recordings_uniqueid (uniqueid=?)"}},
		{"uniqueids, as call records ask", find(recording.Filter{UniqueIDs: []string{"1", "2"}, NotDeleted: true}), []string{"INDEX recordings_uniqueid (uniqueid=?)", sorted}},
		{"linkedid", find(recording.Filter{LinkedID: "1"}), []string{"INDEX recordings_linkedid (linkedid=?)"}},
		{"extension, as stop asks", find(recording.Filter{Extension: "410", States: running}), []string{"INDEX recordings_phase_lifecycle (phase=?)", sorted}},
		{"running", find(recording.Filter{States: running}), []string{"INDEX recordings_phase_lifecycle (phase=?)", sorted}},
		{"calls that live", find(recording.Filter{Node: "default", CallLives: true}), []string{"INDEX recordings_call_ended_at (call_ended_at=?)"}},
		{"copies to be swept", find(recording.Filter{Node: "default", States: []recording.State{recording.Available}, SourceExists: true}), []string{"INDEX recordings_source_deleted_at (source_deleted_at=?)"}},

		{"list", list(recording.Filter{}), []string{"INDEX recordings_created_at (created_at<?)"}},
		{"list of what is not deleted", list(recording.Filter{NotDeleted: true}), []string{"INDEX recordings_lifecycle (lifecycle=? AND lifecycle_at<?)"}},
		{"list of a time", list(recording.Filter{NotDeleted: true, From: time.Now()}), []string{"INDEX recordings_lifecycle (lifecycle=? AND lifecycle_at>? AND lifecycle_at<?)"}},
		{"list by tag", list(recording.Filter{Tag: "22", NotDeleted: true}), []string{"INDEX recordings_tag_lifecycle (tag=? AND lifecycle=? AND created_at<?)"}},
		{"list by extension", list(recording.Filter{Extension: "410", NotDeleted: true}), []string{"INDEX recordings_extension_lifecycle (extension=? AND lifecycle=? AND created_at<?)"}},
		{"list by node", list(recording.Filter{Node: "default", NotDeleted: true}), []string{"INDEX recordings_node_lifecycle (node=? AND lifecycle=? AND created_at<?)"}},
		{"list of failed ones", list(recording.Filter{States: []recording.State{recording.Failed}, NotDeleted: true}), []string{"INDEX recordings_phase_lifecycle (phase=? AND lifecycle=? AND created_at<?)"}},
		{"list of available ones", list(recording.Filter{States: []recording.State{recording.Available}, NotDeleted: true}), []string{"INDEX recordings_lifecycle (lifecycle=? AND lifecycle_at<?)"}},

		{"to be erased on request", doomed(recording.DoomAsked), []string{"INDEX recordings_lifecycle (lifecycle=? AND lifecycle_at>? AND lifecycle_at<?)"}},
		{"deleted long ago", doomed(recording.DoomDeleted), []string{"INDEX recordings_lifecycle (lifecycle=? AND lifecycle_at>? AND lifecycle_at<?)"}},
		{"old", doomed(recording.DoomAged), []string{"INDEX recordings_lifecycle (lifecycle=? AND lifecycle_at>? AND lifecycle_at<?)"}},

		{"legs by uniqueid", s.LegsQuery("1"), []string{"INDEX call_legs_uniqueid_node (uniqueid=?)"}},
		{"calls by linkedid", s.CallQuery("default", "1", "2"), []string{"INDEX call_records_linkedid (node=? AND linkedid=?)"}},
		{"calls", calls(recording.CallFilter{}), []string{"INDEX call_records_started_at (started_at<?)"}},
		{"calls by reference", calls(recording.CallFilter{ExternalReference: "22"}), []string{"INDEX call_records_external_reference (external_reference=? AND started_at<?)"}},
		{"the audit trail", audit(recording.AuditFilter{}), []string{"INDEX audit_entries_at (at<?)"}},
		{"of a recording", audit(recording.AuditFilter{RecordingID: "01k9"}), []string{"INDEX audit_entries_recording_id (recording_id=? AND at<?)"}},
		{"of somebody", audit(recording.AuditFilter{Username: "ann"}), []string{"INDEX audit_entries_username (username=? AND at<?)"}},
		{"of a key", audit(recording.AuditFilter{Key: "crm"}), []string{"INDEX audit_entries_actor (actor=? AND at<?)"}},
		{"of an action", audit(recording.AuditFilter{Action: recording.ActionDenied}), []string{"INDEX audit_entries_action (action=? AND at<?)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			steps, err := s.Explain(t.Context(), test.query)
			require.NoError(t, err)
			require.Len(t, steps, len(test.plan), "%v", steps)
			for i, step := range steps {
				require.True(t, strings.HasSuffix(step.Detail, test.plan[i]), "%s\n%s", step.Detail, test.query.SQL)
			}
		})
	}
}
