package sqlstore

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// TestPlans asks SQLite how it would find things. It has no statistics here and so decides by the indexes alone.
func TestPlans(t *testing.T) {
	s, err := Open(Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	running := []recording.State{recording.Starting, recording.Active, recording.Paused, recording.Stopping}
	tests := []struct {
		name   string
		filter recording.Filter
		plan   string
	}{
		{"everything", recording.Filter{}, "SCAN recordings"},
		{"a node", recording.Filter{Node: "default"}, "SCAN recordings"},
		{"a page of everything", recording.Filter{Before: 7}, "SEARCH recordings USING INTEGER PRIMARY KEY (rowid<?)"},
		{"tag", recording.Filter{Tag: "22"}, "INDEX recordings_tag (tag=?)"},
		{"tag, as retrieve asks", recording.Filter{Tag: "22", NotDeleted: true, Before: 7, Limit: 10}, "INDEX recordings_tag (tag=? AND seq<?)"},
		{"uniqueid", recording.Filter{UniqueID: "1", Node: "default"}, "INDEX recordings_uniqueid (uniqueid=?)"},
		{"uniqueid, as start asks", recording.Filter{UniqueID: "1", Node: "default", States: running, Limit: 1}, "INDEX recordings_phase (phase=?)"},
		{"linkedid", recording.Filter{LinkedID: "1"}, "INDEX recordings_linkedid (linkedid=?)"},
		{"extension", recording.Filter{Extension: "410", Node: "default"}, "INDEX recordings_extension (extension=?)"},
		{"extension, as stop asks", recording.Filter{Extension: "410", States: running}, "INDEX recordings_phase (phase=?)"},
		{"tag in a state", recording.Filter{Tag: "22", States: []recording.State{recording.Available}}, "INDEX recordings_tag (tag=?)"},
		{"state", recording.Filter{States: []recording.State{recording.Failed}}, "INDEX recordings_phase (phase=?)"},
		{"running", recording.Filter{States: running}, "INDEX recordings_phase (phase=?)"},
		{"calls that live", recording.Filter{Node: "default", CallLives: true}, "INDEX recordings_call_ended_at (call_ended_at=?)"},
		{"copies to be swept", recording.Filter{Node: "default", States: []recording.State{recording.Available}, SourceExists: true}, "INDEX recordings_source_deleted_at (source_deleted_at=?)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var rows []recordingRow
			query := page(s.read.Session(&gorm.Session{DryRun: true}), test.filter).Find(&rows).Statement
			var plan []struct{ Detail string }
			require.NoError(t, s.read.Raw("EXPLAIN QUERY PLAN "+query.SQL.String(), query.Vars...).Scan(&plan).Error)
			require.Len(t, plan, 1, "it need not be sorted: %v", plan)
			require.True(t, strings.HasSuffix(plan[0].Detail, test.plan), "%s\n%s", plan[0].Detail, query.SQL.String())
		})
	}
}
