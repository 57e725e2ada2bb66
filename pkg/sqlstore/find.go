package sqlstore

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Find returns what matches, newest first.
func (s *Store) Find(ctx context.Context, f recording.Filter) ([]*recording.Recording, error) {
	return s.load(ctx, func(db *gorm.DB) *gorm.DB { return page(db, f) })
}

func page(db *gorm.DB, f recording.Filter) *gorm.DB {
	db = matching(db, f).Order("seq DESC")
	if f.Before > 0 {
		db = db.Where("seq < ?", f.Before)
	}
	if f.Limit > 0 {
		db = db.Limit(f.Limit)
	}
	return db
}

// Count counts what matches; Before and Limit are not looked at.
func (s *Store) Count(ctx context.Context, f recording.Filter) (int, error) {
	var count int64
	err := s.query(ctx, func(db *gorm.DB) error {
		return matching(db.Model(&recordingRow{}), f).Count(&count).Error
	})
	return int(count), err
}

func matching(db *gorm.DB, f recording.Filter) *gorm.DB {
	for _, equal := range []struct{ column, value string }{
		{"tag", f.Tag}, {"node", f.Node}, {"uniqueid", f.UniqueID}, {"linkedid", f.LinkedID}, {"extension", f.Extension},
	} {
		if equal.value != "" {
			db = db.Where(equal.column+" = ?", equal.value)
		}
	}
	if len(f.States) > 0 {
		db = in(db, f.States)
		if !narrow(f) {
			db = db.Where("phase IN ?", phases(f.States))
		}
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

func in(db *gorm.DB, states []recording.State) *gorm.DB {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	return db.Where("state IN ?", names)
}

// narrow tells whether the phase must not be asked for. Nearly all rows are available: an optimizer that knows no better
// would read all of them instead of the few with the tag.
func narrow(f recording.Filter) bool {
	for _, state := range f.States {
		if !state.InWork() {
			return f.Tag != "" || f.UniqueID != "" || f.LinkedID != "" || f.Extension != "" || f.CallLives || f.SourceExists
		}
	}
	return false
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
