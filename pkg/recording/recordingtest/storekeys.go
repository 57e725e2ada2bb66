package recordingtest

import (
	"context"
	"time"

	"ari-recorder/pkg/recording"
)

// keyName is what an idempotency key is unique by.
type keyName struct{ caller, key string }

func nameOf(use recording.KeyUse) keyName { return keyName{use.Caller, use.Key} }

// CreateOnce keeps r, or says that the key was used.
func (s *Store) CreateOnce(ctx context.Context, r *recording.Recording, e recording.Event, use recording.KeyUse) error {
	return s.do(ctx, "CreateOnce", func() error {
		if s.used(use) {
			return recording.ErrKeyUsed
		}
		if err := s.create(r, e); err != nil {
			return err
		}
		s.use(use)
		return nil
	}, func() { s.tell(r) })
}

// PutKeyUse keeps the use, or says that the key was used.
func (s *Store) PutKeyUse(ctx context.Context, use recording.KeyUse) error {
	return s.do(ctx, "PutKeyUse", func() error {
		if s.used(use) {
			return recording.ErrKeyUsed
		}
		s.use(use)
		return nil
	}, nil)
}

// used tells whether the key has a use that stands in the way of this one.
func (s *Store) used(use recording.KeyUse) bool {
	earlier, found := s.uses[nameOf(use)]
	void := use.Instead != "" && earlier.RecordingID == use.Instead
	return found && !void && !earlier.At.Before(cut(use.At.Add(-recording.KeyLife)))
}

func (s *Store) use(use recording.KeyUse) {
	use.At, use.Instead = cut(use.At), ""
	s.uses[nameOf(use)] = use
}

// KeyUse returns what the caller has used the key for.
func (s *Store) KeyUse(ctx context.Context, caller, key string, since time.Time) (found *recording.KeyUse, err error) {
	err = s.do(ctx, "KeyUse", func() error {
		use, used := s.uses[keyName{caller, key}]
		if !used || use.At.Before(cut(since)) {
			return recording.ErrNotFound
		}
		found = &use
		return nil
	}, nil)
	return found, err
}

// ForgetKeyUses removes what is older.
func (s *Store) ForgetKeyUses(ctx context.Context, before time.Time) error {
	return s.do(ctx, "ForgetKeyUses", func() error {
		for name, use := range s.uses {
			if use.At.Before(cut(before)) {
				delete(s.uses, name)
			}
		}
		return nil
	}, nil)
}
