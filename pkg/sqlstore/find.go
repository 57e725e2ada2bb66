package sqlstore

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Find returns what matches, newest first.
func (s *Store) Find(ctx context.Context, f recording.Filter) ([]*recording.Recording, error) {
	return s.load(ctx, func(db *gorm.DB) *gorm.DB { return latest(db, f) })
}

// latest selects by the order of creation.
func latest(db *gorm.DB, f recording.Filter) *gorm.DB {
	db = began(matching(db, f), "created_at", f).Order("seq DESC")
	if f.Before > 0 {
		db = db.Where("seq < ?", f.Before)
	}
	if f.Limit > 0 {
		db = db.Limit(f.Limit)
	}
	return db
}

// LiveCalls returns, by the recording's id, the uniqueid of each of the node's recordings whose call has not ended.
func (s *Store) LiveCalls(ctx context.Context, node string) (map[string]string, error) {
	var rows []struct {
		ID       string
		UniqueID string `gorm:"column:uniqueid"`
	}
	err := s.query(ctx, func(db *gorm.DB) error {
		return matching(db.Model(&recordingRow{}), recording.Filter{Node: node, CallLives: true}).Select("id", "uniqueid").Scan(&rows).Error
	})
	calls := make(map[string]string, len(rows))
	for _, row := range rows {
		calls[row.ID] = row.UniqueID
	}
	return calls, err
}

// Nodes names the nodes of what matches, in order; Before and Limit are not looked at.
func (s *Store) Nodes(ctx context.Context, f recording.Filter) (nodes []string, err error) {
	err = s.query(ctx, func(db *gorm.DB) error {
		return began(matching(db.Model(&recordingRow{}), f), "created_at", f).Distinct().Order("node").Pluck("node", &nodes).Error
	})
	return nodes, err
}

// Count counts what matches; Before and Limit are not looked at.
func (s *Store) Count(ctx context.Context, f recording.Filter) (int, error) {
	var count int64
	err := s.query(ctx, func(db *gorm.DB) error {
		return began(matching(db.Model(&recordingRow{}), f), "created_at", f).Count(&count).Error
	})
	return int(count), err
}

// matching selects by all but the times and the page.
func matching(db *gorm.DB, f recording.Filter) *gorm.DB {
	db = equal(db, columns{{"tag", f.Tag}, {"node", f.Node}, {"uniqueid", f.UniqueID}, {"linkedid", f.LinkedID}, {"extension", f.Extension}})
	if len(f.UniqueIDs) > 0 {
		db = db.Where("uniqueid IN ?", f.UniqueIDs)
	}
	if len(f.States) > 0 {
		db = in(db, f.States)
	}
	if byPhase(f) {
		db = db.Where("phase IN ?", phases(f.States))
	}
	if f.NotDeleted {
		db = db.Where("deleted_at IS NULL")
	}
	if f.CallLives {
		db = db.Where("call_ended_at IS NULL")
	}
	if f.SourceExists {
		db = in(db.Where("source_deleted_at IS NULL"), []recording.State{recording.Available, recording.Failed})
	}
	return db
}

// columns are names with the values that are wanted; an empty one does not select.
type columns []struct{ name, value string }

func equal(db *gorm.DB, wanted columns) *gorm.DB {
	for _, column := range wanted {
		if column.value != "" {
			db = db.Where(column.name+" = ?", column.value)
		}
	}
	return db
}

func in(db *gorm.DB, states []recording.State) *gorm.DB {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	return db.Where("state IN ?", names)
}

// byPhase tells whether the phase is to be asked for. Nearly all rows are available: an optimizer that knows no better
// would read all of them instead of the few with the tag. Failed ones are few beside those, and many beside the tag's.
func byPhase(f recording.Filter) bool {
	for _, state := range f.States {
		if state == recording.Available || !state.InWork() && named(f) {
			return false
		}
	}
	return len(f.States) > 0
}

// named tells whether the filter holds something else that an index finds and few rows share.
func named(f recording.Filter) bool {
	return f.Tag != "" || f.UniqueID != "" || len(f.UniqueIDs) > 0 || f.LinkedID != "" || f.Extension != "" || f.CallLives || f.SourceExists
}

// phases are those of the states, which are what is indexed.
func phases(states []recording.State) (list []string) {
	for _, state := range states {
		if p := phase(state); !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// working selects rows in work.
func working(db *gorm.DB) *gorm.DB {
	return in(db, inWork()).Where("phase IN ?", phases(inWork()))
}

// inWork are the states whose rows have an owner and a lease.
func inWork() (states []recording.State) {
	for _, state := range recording.States() {
		if state.InWork() {
			states = append(states, state)
		}
	}
	return states
}
