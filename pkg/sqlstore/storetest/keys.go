package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var keyTests = []test{
	{"a use comes with its recording", func(t *testing.T, s recording.Store) {
		r, key := start(1), use("key", start(1).ID)
		require.NoError(t, s.CreateOnce(t.Context(), r, requested(r), key))
		require.Equal(t, int64(1), r.Version)
		require.Positive(t, r.Seq)
		require.Equal(t, r, get(t, s, r.ID))
		require.Len(t, kinds(t, s, r.ID), 1)
		require.Equal(t, key, used(t, s, "key"))
	}},
	{"a use without a recording of its own", func(t *testing.T, s recording.Store) {
		key := use("key", "found running")
		key.Created, key.At = false, moment.Add(999*time.Nanosecond)
		require.NoError(t, s.PutKeyUse(t.Context(), key))
		key.At = moment
		require.Equal(t, key, used(t, s, "key"))
	}},
	{"a used key is ErrKeyUsed, and nothing is written", func(t *testing.T, s recording.Store) {
		first := use("key", "first")
		require.NoError(t, s.PutKeyUse(t.Context(), first))
		again := use("key", "second")
		again.At = moment.Add(recording.KeyLife) // the last moment at which the first one counts
		require.ErrorIs(t, s.PutKeyUse(t.Context(), again), recording.ErrKeyUsed)
		require.ErrorIs(t, s.CreateOnce(t.Context(), start(1), told(start(1)), again), recording.ErrKeyUsed)
		require.Equal(t, first, used(t, s, "key"))
		nothingOf(t, s, start(1).ID)
	}},
	{"ErrKeyUsed comes before ErrRunning", func(t *testing.T, s recording.Store) {
		require.NoError(t, s.CreateOnce(t.Context(), start(1), requested(start(1)), use("key", start(1).ID)))
		again := start(1)
		again.ID = "again"
		require.ErrorIs(t, s.CreateOnce(t.Context(), again, requested(again), use("key", again.ID)), recording.ErrKeyUsed)
	}},
	{"a start that was refused uses no key", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		other := start(1)
		other.ID = "other"
		require.ErrorIs(t, s.CreateOnce(t.Context(), other, told(other), use("key", other.ID)), recording.ErrRunning)
		require.Zero(t, other.Seq)
		unused(t, s, "key", time.Time{})
		nothingOf(t, s, other.ID)
		require.NoError(t, s.PutKeyUse(t.Context(), use("key", start(1).ID)))
	}},
	{"a key is forgotten after its time", func(t *testing.T, s recording.Store) {
		require.NoError(t, s.PutKeyUse(t.Context(), use("key", "first")))
		again := use("key", start(1).ID)
		again.At = moment.Add(recording.KeyLife + time.Microsecond)
		r := start(1)
		require.NoError(t, s.CreateOnce(t.Context(), r, requested(r), again))
		require.Equal(t, again, used(t, s, "key"))
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"the use by a start that failed is void", func(t *testing.T, s recording.Store) {
		failed := start(1)
		require.NoError(t, s.CreateOnce(t.Context(), failed, requested(failed), use("key", failed.ID)))
		failed.State = recording.Failed
		require.NoError(t, s.Update(t.Context(), failed))
		again := start(2)
		wrong, right := use("key", again.ID), use("key", again.ID)
		wrong.Instead, right.Instead = "01k9", failed.ID
		require.ErrorIs(t, s.CreateOnce(t.Context(), again, requested(again), wrong), recording.ErrKeyUsed)
		require.NoError(t, s.CreateOnce(t.Context(), again, requested(again), right))
		right.Instead = ""
		require.Equal(t, right, used(t, s, "key"))
		require.Equal(t, again, get(t, s, again.ID))
		late := use("key", "late")
		late.Instead = failed.ID
		require.ErrorIs(t, s.PutKeyUse(t.Context(), late), recording.ErrKeyUsed, "another start has taken its place")
	}},
	{"uses from before a time do not count", func(t *testing.T, s recording.Store) {
		require.NoError(t, s.PutKeyUse(t.Context(), use("key", "first")))
		_, err := s.KeyUse(t.Context(), "crm", "key", moment)
		require.NoError(t, err)
		unused(t, s, "key", moment.Add(time.Microsecond))
		unused(t, s, "never", time.Time{})
	}},
	{"callers and keys are told apart byte for byte", func(t *testing.T, s recording.Store) {
		for i, text := range alike {
			here, there := use(text, fmt.Sprint("key", i)), use("key", fmt.Sprint("caller", i))
			there.Caller = text
			require.NoError(t, s.PutKeyUse(t.Context(), here), "%q", text)
			require.NoError(t, s.PutKeyUse(t.Context(), there), "%q", text)
		}
		for i, text := range alike {
			require.Equal(t, fmt.Sprint("key", i), used(t, s, text).RecordingID, "%q", text)
			there, err := s.KeyUse(t.Context(), text, "key", moment)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint("caller", i), there.RecordingID, "%q", text)
		}
	}},
	{"nobody's key, and the longest", func(t *testing.T, s recording.Store) {
		nobody := use(strings.Repeat("😀", 255), "01k9")
		nobody.Caller, nobody.Request = "", strings.Repeat("f", 64)
		require.NoError(t, s.PutKeyUse(t.Context(), nobody))
		require.ErrorIs(t, s.PutKeyUse(t.Context(), nobody), recording.ErrKeyUsed)
		nobody.Caller = strings.Repeat("😀", 255)
		require.NoError(t, s.PutKeyUse(t.Context(), nobody))
	}},
	{"old uses are forgotten, young ones not", func(t *testing.T, s recording.Store) {
		for i := range 5 {
			key := use(fmt.Sprint("key", i), "01k9")
			key.At = moment.Add(time.Duration(i) * time.Second)
			require.NoError(t, s.PutKeyUse(t.Context(), key))
		}
		for range 2 {
			require.NoError(t, s.ForgetKeyUses(t.Context(), moment.Add(2*time.Second)))
		}
		for i := range 5 {
			_, err := s.KeyUse(t.Context(), "crm", fmt.Sprint("key", i), time.Time{})
			require.Equal(t, i < 2, errors.Is(err, recording.ErrNotFound), i)
		}
	}},
}

// use is what the caller crm does with a key.
func use(key, id string) recording.KeyUse {
	return recording.KeyUse{Caller: "crm", Key: key, Request: "9f86d081", RecordingID: id, Created: true, At: moment}
}

// told is the first event of a recording, with an entry for the audit trail.
func told(r *recording.Recording) recording.Event {
	e := requested(r)
	e.Audit = &recording.AuditEntry{At: moment, Action: recording.ActionStart, RecordingID: r.ID}
	return e
}

func used(t *testing.T, s recording.Store, key string) recording.KeyUse {
	t.Helper()
	found, err := s.KeyUse(t.Context(), "crm", key, moment)
	require.NoError(t, err)
	return *found
}

func unused(t *testing.T, s recording.Store, key string, since time.Time) {
	t.Helper()
	_, err := s.KeyUse(t.Context(), "crm", key, since)
	require.ErrorIs(t, err, recording.ErrNotFound)
}

// nothingOf makes sure that nothing is left of a recording that was not made.
func nothingOf(t *testing.T, s recording.Store, id string) {
	t.Helper()
	_, err := s.Get(t.Context(), id)
	require.ErrorIs(t, err, recording.ErrNotFound)
	require.Empty(t, kinds(t, s, id))
	require.Empty(t, audited(t, s, recording.AuditFilter{RecordingID: id}, recording.Page{}))
}
