package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// Doomed returns at most limit recordings whose audio is to go, in the order of the time that dooms them and then of Seq,
// beginning behind after. Each has one cause: what is to be erased on request is not counted among the deleted, nor that
// among the aged. Only DoomAsked may do without a Before.
func (s *Store) Doomed(ctx context.Context, d recording.Doom, after recording.Position, limit int) ([]*recording.Recording, error) {
	return s.load(ctx, func(db *gorm.DB) *gorm.DB { return s.doomed(db, d, after).Limit(limit) })
}

func (s *Store) doomed(db *gorm.DB, d recording.Doom, after recording.Position) *gorm.DB {
	atRest := []string{phase(recording.Available), phase(recording.Failed)}
	db = s.by(db, recordingsTable, "recordings_lifecycle").Where("lifecycle = ? AND NOT legal_hold AND phase IN ?", lifecycle(d.Cause), atRest)
	if d.Cause != recording.DoomAsked || !d.Before.IsZero() {
		db = db.Where("lifecycle_at < ?", moment(d.Before)) // NULL, of which nothing is less, for the zero time
	}
	if after != (recording.Position{}) {
		at := moment(after.At)
		db = db.Where("lifecycle_at >= ? AND (lifecycle_at > ? OR seq > ?)", at, at, after.Seq)
	}
	return db.Order("lifecycle_at, seq")
}

func lifecycle(c recording.Cause) string {
	return map[recording.Cause]string{
		recording.DoomAsked: eraseAsked, recording.DoomDeleted: deleted, recording.DoomAged: kept,
	}[c]
}
