package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var keyRaces = []test{
	{"of twenty with one key and channels of their own one wins", func(t *testing.T, s recording.Store) {
		race(t, s, func(i int) (*recording.Recording, recording.KeyUse) {
			return start(i), use("key", start(i).ID)
		})
	}},
	{"of twenty with one key on one channel one wins", func(t *testing.T, s recording.Store) {
		race(t, s, func(i int) (*recording.Recording, recording.KeyUse) {
			r := start(1)
			r.ID += string(rune('a' + i))
			return r, use("key", r.ID)
		})
	}},
	{"of twenty who find a key to be void one wins", func(t *testing.T, s recording.Store) {
		require.NoError(t, s.PutKeyUse(t.Context(), use("key", "old")))
		race(t, s, func(i int) (*recording.Recording, recording.KeyUse) {
			key := use("key", start(i).ID)
			key.At = moment.Add(2 * recording.KeyLife)
			return start(i), key
		})
	}},
	{"twenty keys at once do not disturb each other", func(t *testing.T, s recording.Store) {
		errs := together(20, func(i int) error {
			r := start(i)
			return s.CreateOnce(t.Context(), r, requested(r), use(fmt.Sprint("key", i), r.ID))
		})
		for _, err := range errs {
			require.NoError(t, err)
		}
	}},
	{"keys are used and forgotten at once", func(t *testing.T, s recording.Store) {
		errs := together(20, func(i int) error {
			if i%4 == 0 {
				return s.ForgetKeyUses(t.Context(), moment.Add(time.Hour))
			}
			key := use(fmt.Sprint("key", i%3), "01k9")
			if err := s.PutKeyUse(t.Context(), key); err != nil && !errors.Is(err, recording.ErrKeyUsed) {
				return err
			}
			key.At = moment.Add(2 * recording.KeyLife)
			if err := s.PutKeyUse(t.Context(), key); !errors.Is(err, recording.ErrKeyUsed) {
				return err
			}
			return nil
		})
		for _, err := range errs {
			require.NoError(t, err)
		}
	}},
}

// race lets twenty create at once what make gives them: one must win, and the key must be of its recording.
func race(t *testing.T, s recording.Store, make func(i int) (*recording.Recording, recording.KeyUse)) {
	t.Helper()
	errs := together(20, func(i int) error {
		r, key := make(i)
		return s.CreateOnce(t.Context(), r, told(r), key)
	})
	var won []string
	for i, err := range errs {
		r, _ := make(i)
		if err == nil {
			won = append(won, r.ID)
			continue
		}
		require.ErrorIs(t, err, recording.ErrKeyUsed)
		nothingOf(t, s, r.ID)
	}
	require.Len(t, won, 1)
	require.Equal(t, won[0], used(t, s, "key").RecordingID)
	require.Equal(t, won, ids(list(t, s, recording.Filter{}, recording.Page{})))
}

// together runs the work as often at once, and returns what came of each.
func together(times int, work func(i int) error) []error {
	errs := make([]error, times)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = work(i) })
	}
	group.Wait()
	return errs
}
