package sqlstore

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"ari-recorder/pkg/recording"
)

// keyRow is a row of idempotency_keys.
type keyRow struct {
	Seq            int64 `gorm:"primaryKey;autoIncrement"`
	Caller         string
	IdempotencyKey string
	Request        string
	RecordingID    string
	Created        bool
	UsedAt         moment
}

// TableName is GORM's way to ask.
func (keyRow) TableName() string { return "idempotency_keys" }

// CreateOnce is Create under an idempotency key: the use is committed with the row, or neither is. It returns
// recording.ErrKeyUsed rather than recording.ErrRunning where both are true.
func (s *Store) CreateOnce(ctx context.Context, r *recording.Recording, e recording.Event, use recording.KeyUse) error {
	seq, err := s.commitUse(ctx, use, s.creation(r, e)...)
	if err != nil {
		return err
	}
	r.Seq, r.Version = seq, firstVersion
	return nil
}

// PutKeyUse writes down a use that made no recording, under the same rules as CreateOnce.
func (s *Store) PutKeyUse(ctx context.Context, use recording.KeyUse) error {
	_, err := s.commitUse(ctx, use)
	return err
}

// commitUse puts the use before the steps. A key whose use has become void keeps its row, which is overwritten: to delete
// what is mostly not there would lock the gap in which others are about to insert theirs.
func (s *Store) commitUse(ctx context.Context, use recording.KeyUse, steps ...step) (int64, error) {
	use.At = use.At.Truncate(time.Microsecond)
	write := insert(s.tables.keys, keyRowOf(use))
	for range tries {
		id, err := s.transaction(append([]step{write}, steps...)...).commit(ctx)
		if !errors.Is(err, recording.ErrKeyUsed) && !errors.Is(err, recording.ErrConflict) {
			return id, err
		}
		if write, err = s.writeUse(ctx, use); err != nil {
			return 0, err
		}
	}
	return 0, recording.ErrKeyUsed // somebody else was quicker each time
}

// writeUse decides by what the key was used for until now: recording.ErrKeyUsed if that counts. Of those who find the same
// void use one overwrites it.
func (s *Store) writeUse(ctx context.Context, use recording.KeyUse) (step, error) {
	earlier, err := s.KeyUse(ctx, use.Caller, use.Key, time.Time{})
	switch {
	case errors.Is(err, recording.ErrNotFound): // forgotten meanwhile
		return insert(s.tables.keys, keyRowOf(use)), nil
	case err != nil:
		return step{}, err
	case !void(*earlier, use):
		return step{}, recording.ErrKeyUsed
	}
	return step{
		sql: "UPDATE idempotency_keys SET request = ?, recording_id = ?, created = ?, used_at = ?" +
			" WHERE caller = ? AND idempotency_key = ? AND recording_id = ? AND used_at = ?",
		args: []any{use.Request, use.RecordingID, use.Created, moment(use.At), use.Caller, use.Key, earlier.RecordingID, moment(earlier.At)},
		one:  true,
	}, nil
}

// void tells whether the earlier use does not stand in the way of the new one.
func void(earlier, use recording.KeyUse) bool {
	return earlier.At.Before(use.At.Add(-recording.KeyLife)) || use.Instead != "" && earlier.RecordingID == use.Instead
}

// KeyUse returns what the caller has used the key for, or recording.ErrNotFound; uses from before since do not count.
func (s *Store) KeyUse(ctx context.Context, caller, key string, since time.Time) (*recording.KeyUse, error) {
	var rows []keyRow
	err := s.query(ctx, func(db *gorm.DB) error {
		return between(db.Where("caller = ? AND idempotency_key = ?", caller, key), "used_at", since, time.Time{}).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, recording.ErrNotFound
	}
	return rows[0].use(), nil
}

// forgetAtOnce bounds how much is removed in one transaction.
const forgetAtOnce = 1000

// ForgetKeyUses removes uses from before the time, by their primary keys: a DELETE that finds them by the time would lock
// the gap into which new ones come.
func (s *Store) ForgetKeyUses(ctx context.Context, before time.Time) error {
	for {
		var seqs []int64
		err := s.query(ctx, func(db *gorm.DB) error {
			return db.Model(&keyRow{}).Where("used_at < ?", moment(before)).Limit(forgetAtOnce).Pluck("seq", &seqs).Error
		})
		if err != nil || len(seqs) == 0 {
			return err
		}
		_, err = s.transaction().then(func(db *gorm.DB) *gorm.DB {
			return db.Where("seq IN ? AND used_at < ?", seqs, moment(before)).Delete(&keyRow{})
		}).commit(ctx)
		if err != nil {
			return err
		}
	}
}

func keyRowOf(use recording.KeyUse) keyRow {
	return keyRow{
		Caller: use.Caller, IdempotencyKey: use.Key, Request: use.Request,
		RecordingID: use.RecordingID, Created: use.Created, UsedAt: moment(use.At),
	}
}

func (row keyRow) use() *recording.KeyUse {
	return &recording.KeyUse{
		Caller: row.Caller, Key: row.IdempotencyKey, Request: row.Request,
		RecordingID: row.RecordingID, Created: row.Created, At: time.Time(row.UsedAt),
	}
}
