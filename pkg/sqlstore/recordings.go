package sqlstore

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Create inserts r, its tracks and its first event in one transaction and leases it to r.Owner. Then r has its Seq and
// the Version 1. It returns recording.ErrRunning if another recording holds the same RunningKey.
func (s *Store) Create(ctx context.Context, r *recording.Recording, e recording.Event) error {
	seq, err := s.transaction(s.creation(r, e)...).commit(ctx)
	if err != nil {
		return err
	}
	r.Seq, r.Version = seq, firstVersion
	return nil
}

const firstVersion = 1

// creation is a transaction, or a part of one, that returns the new row's Seq.
func (s *Store) creation(r *recording.Recording, e recording.Event) []step {
	row := insert(s.tables.recordings, s.row(r, firstVersion))
	row.numbered = true
	return append([]step{row}, s.belongings(r, firstVersion, e)...)
}

// Update writes all of r and the events in one transaction and raises r.Version, if the row still has that version;
// else it returns recording.ErrConflict, also if there is no such row.
func (s *Store) Update(ctx context.Context, r *recording.Recording, events ...recording.Event) error {
	row := s.row(r, r.Version+1)
	steps := append(update(s.tables.recordings, row), s.belongings(r, row.Version, events...)...)
	if _, err := s.transaction(steps...).commit(ctx); err != nil {
		return err
	}
	r.Version = row.Version
	return nil
}

// Get returns recording.ErrNotFound for an unknown id.
func (s *Store) Get(ctx context.Context, id string) (*recording.Recording, error) {
	list, err := s.load(ctx, func(db *gorm.DB) *gorm.DB { return db.Where("id = ?", id).Limit(1) })
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, recording.ErrNotFound
	}
	return list[0], nil
}

// States returns the state of each of the ids that has a row.
func (s *Store) States(ctx context.Context, ids []string) (map[string]recording.State, error) {
	var rows []struct {
		ID    string
		State recording.State
	}
	err := s.query(ctx, func(db *gorm.DB) error {
		return db.Model(&recordingRow{}).Select("id", "state").Where("id IN ?", ids).Scan(&rows).Error
	})
	states := make(map[string]recording.State, len(rows))
	for _, row := range rows {
		states[row.ID] = row.State
	}
	return states, err
}

// Events returns the timeline of the recording, oldest first; that of an unknown id is empty.
func (s *Store) Events(ctx context.Context, id string) ([]recording.Event, error) {
	var rows []eventRow
	err := s.query(ctx, func(db *gorm.DB) error {
		return db.Where("recording_id = ?", id).Order("version, number").Find(&rows).Error
	})
	events := make([]recording.Event, len(rows))
	for i, row := range rows {
		events[i] = row.event()
	}
	return events, err
}

// load reads the recordings that selected leaves, with their tracks.
func (s *Store) load(ctx context.Context, selected func(*gorm.DB) *gorm.DB) (list []*recording.Recording, err error) {
	err = s.query(ctx, func(db *gorm.DB) error {
		list = nil
		var rows []recordingRow
		if err := selected(db).Find(&rows).Error; err != nil {
			return err
		}
		tracks, err := tracksOf(db, rows)
		for i := range rows {
			r, unread := rows[i].recording()
			r.Tracks = tracks[r.ID]
			list, err = append(list, r), errors.Join(err, unread)
		}
		return err
	})
	return list, err
}
