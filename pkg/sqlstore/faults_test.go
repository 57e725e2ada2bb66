package sqlstore_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
	"ari-recorder/pkg/sqlstore/storetest"
)

// hold runs the statement in a transaction of another connection, which stays open until release.
func hold(t *testing.T, url, statement string) (release func()) {
	t.Helper()
	release, err := open(t, url).Hold(statement)
	t.Cleanup(release)
	require.NoError(t, err)
	return release
}

// touch locks the row with the id; on SQLite, the file.
func touch(id string) string {
	return "UPDATE recordings SET version = version WHERE id = '" + id + "'"
}

// TestLockedRow has no time to wait for another transaction: nothing may be left of the attempt.
func TestLockedRow(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		r := starting()
		require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
		release := hold(t, url, touch(r.ID))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, s.Update(ctx, r, recording.Event{}), recording.ErrStoreDown)
		require.Equal(t, int64(1), r.Version)
		release()
		require.NoError(t, s.Update(t.Context(), r, recording.Event{}))
		events, err := s.Events(t.Context(), r.ID)
		require.NoError(t, err)
		require.Len(t, events, 2)
	})
}

// TestLockTimeout holds the lock longer than the database waits for it, which is a second: the update is tried again.
func TestLockTimeout(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		url := e.fresh(t)
		s := open(t, url)
		r := starting()
		require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
		release := hold(t, url, touch(r.ID))
		timer := time.AfterFunc(1500*time.Millisecond, release)
		defer timer.Stop()
		require.NoError(t, s.Update(t.Context(), r, recording.Event{}))
		require.Equal(t, int64(2), r.Version)
	})
}

// occupy takes the running key default/deadlock.
const occupy = `INSERT INTO recordings (id, version, state, phase, running_key, tag, node, uniqueid, linkedid, channel, extension,
	caller_name, caller_number, connected_name, connected_number, started_by, format, private, legal_hold, owner, track_count)
	VALUES ('held', 1, 'starting', 'running', 'default/deadlock', '', '', '', '', '', '', '', '', '', '', '', '', FALSE, FALSE, '', 0)`

// TestDeadlock makes two starts wait for a third one's running key. When that is rolled back both are let in, and wait
// for each other: InnoDB ends one of them, which must find out that the channel is taken.
func TestDeadlock(t *testing.T) {
	for _, e := range engines[1:] {
		t.Run(e.name, func(t *testing.T) {
			url := e.fresh(t)
			s := open(t, url)
			release := hold(t, url, occupy)
			errs := make([]error, 2)
			var together sync.WaitGroup
			for i := range errs {
				r := starting()
				r.UniqueID = "deadlock"
				together.Go(func() { errs[i] = s.Create(t.Context(), r, recording.Event{}) })
			}
			require.Eventually(t, func() bool { return waiting(t, s) == 2 }, 10*time.Second, time.Millisecond)
			release()
			together.Wait()
			if errs[0] != nil {
				slices.Reverse(errs)
			}
			require.NoError(t, errs[0])
			require.ErrorIs(t, errs[1], recording.ErrRunning)
		})
	}
}

// TestKilledConnections finds nothing but stale connections in the pool.
func TestKilledConnections(t *testing.T) {
	for _, e := range engines[1:] {
		t.Run(e.name, func(t *testing.T) {
			url := e.fresh(t)
			s, killer := open(t, url), open(t, url)
			for name, call := range storetest.Methods(s) {
				require.NoError(t, s.Ping(t.Context()))
				require.NoError(t, killer.KillOthers(t.Context()))
				require.NotErrorIs(t, call(t.Context()), recording.ErrStoreDown, name)
			}
		})
	}
}

func waiting(t *testing.T, s *sqlstore.Store) int {
	t.Helper()
	list, err := s.Strings("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%INSERT INTO recordings %'")
	require.NoError(t, err)
	return len(list)
}
