package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var updateTests = []test{
	{"raises the version and writes all", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		seq := r.Seq
		finish(r)
		r.Tag, r.LinkedID, r.Private, r.LegalHold, r.StartedAt = "23", "1795418219.9", true, true, moment.Add(time.Millisecond)
		require.NoError(t, s.Update(t.Context(), r))
		require.Equal(t, int64(2), r.Version)
		require.Equal(t, seq, r.Seq)
		require.Equal(t, r, get(t, s, r.ID))
		r.Audio, r.Private, r.StartedAt = nil, false, time.Time{}
		require.NoError(t, s.Update(t.Context(), r))
		require.Equal(t, r, get(t, s, r.ID), "what became empty is empty")
	}},
	{"what was erased keeps what was measured", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, finish)
		r.DeletedAt, r.EraseAskedAt = moment.Add(time.Hour), moment.Add(time.Hour)
		require.NoError(t, s.Update(t.Context(), r))
		r.ErasedAt, r.Audio.Key = moment.Add(2*time.Hour), ""
		require.NoError(t, s.Update(t.Context(), r))
		require.Equal(t, r, get(t, s, r.ID))
		require.NotEmpty(t, r.Audio.SHA256)
		r.DeletedAt, r.EraseAskedAt, r.ErasedAt = time.Time{}, time.Time{}, time.Time{}
		require.NoError(t, s.Update(t.Context(), r))
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"an old version is a conflict and changes nothing", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		old := r.Clone()
		r.State = recording.Active
		require.NoError(t, s.Update(t.Context(), r, recording.Event{At: moment, Kind: recording.EventStarted}))
		for range 3 {
			stale := old.Clone()
			stale.State, stale.Tag, stale.Tracks[0].Name = recording.Failed, "x", "x"
			before := stale.Clone()
			require.ErrorIs(t, s.Update(t.Context(), stale, recording.Event{At: moment, Kind: recording.EventFailed}), recording.ErrConflict)
			require.Equal(t, before, stale)
		}
		require.Equal(t, r, get(t, s, r.ID))
		require.Equal(t, []recording.EventKind{recording.EventRequested, recording.EventStarted}, kinds(t, s, r.ID))
	}},
	{"a version that is not there yet is a conflict", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		ahead := r.Clone()
		ahead.Version++
		require.ErrorIs(t, s.Update(t.Context(), ahead), recording.ErrConflict)
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"an unknown id is a conflict", func(t *testing.T, s recording.Store) {
		r := start(1)
		r.Version = 1
		require.ErrorIs(t, s.Update(t.Context(), r, requested(r)), recording.ErrConflict)
		require.Empty(t, kinds(t, s, r.ID))
	}},
	{"of twenty updates of one version one wins", twentyUpdates},
	{"updates of different rows do not disturb each other", func(t *testing.T, s recording.Store) {
		var together sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			together.Go(func() {
				r := start(i)
				errs[i] = s.Create(t.Context(), r, requested(r))
				for range 3 {
					if errs[i] == nil {
						r.Tracks[0].StartedAt = r.Tracks[0].StartedAt.Add(time.Second)
						errs[i] = s.Update(t.Context(), r, recording.Event{At: moment, Kind: recording.EventLinked})
					}
				}
			})
		}
		together.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
	}},
	{"tracks change, join and leave", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		second := recording.Track{Number: 1, UniqueID: "1795418221.1", Direction: "in", Name: "second", StartedAt: moment}
		for _, tracks := range [][]recording.Track{
			{{Direction: recording.DirectionBoth, Name: "first", StartedAt: moment}},
			{{Direction: recording.DirectionBoth, Name: "first", StartedAt: moment}, second},
			{second},
			nil,
			{second, {Number: 2, Name: "third"}},
		} {
			r.Tracks = tracks
			require.NoError(t, s.Update(t.Context(), r))
			require.Equal(t, tracks, get(t, s, r.ID).Tracks)
		}
	}},
	{"spans and gaps come and go", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, func(r *recording.Recording) { r.Channels = 2 })
		later := moment.Add(time.Minute + time.Microsecond)
		for _, spans := range [][]recording.Span{{{From: moment}}, {{From: moment, To: later}, {From: later}}, nil} {
			r.Tracks = []recording.Track{r.Tracks[0], {Number: 1, UniqueID: "é", Direction: recording.DirectionIn, Name: "second", Spans: spans}}
			require.NoError(t, s.Update(t.Context(), r))
			require.Equal(t, r, get(t, s, r.ID))
		}
		for _, gaps := range [][]recording.Gap{
			{{From: time.Microsecond, To: time.Hour, Kind: recording.GapMissing, Channel: "Á'\"1", Cause: `said "no"`}, {Kind: recording.GapPaused}},
			{{From: -time.Second, To: time.Second, Kind: recording.GapUncertain}},
			nil,
		} {
			r.Gaps = gaps
			require.NoError(t, s.Update(t.Context(), r))
			require.Equal(t, r, get(t, s, r.ID))
		}
	}},
	{"ErrRunning if the channel went to another recording", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, func(r *recording.Recording) { r.State = recording.Archiving })
		create(t, s, 1, func(r *recording.Recording) { r.ID = "other" })
		before := get(t, s, r.ID)
		r.State = recording.Active
		require.ErrorIs(t, s.Update(t.Context(), r, recording.Event{Kind: recording.EventStarted}), recording.ErrRunning)
		require.Equal(t, before, get(t, s, r.ID))
		require.Equal(t, int64(1), r.Version)
		require.Len(t, kinds(t, s, r.ID), 1)
	}},
}

func twentyUpdates(t *testing.T, s recording.Store) {
	r := create(t, s, 1, nil)
	errs := make([]error, 20)
	var together sync.WaitGroup
	for i := range errs {
		mine := r.Clone()
		together.Go(func() {
			errs[i] = s.Update(t.Context(), mine, recording.Event{At: moment, Kind: recording.EventStop})
		})
	}
	together.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, recording.ErrConflict)
	}
	require.Equal(t, 1, won)
	require.Equal(t, int64(2), get(t, s, r.ID).Version)
	require.Len(t, kinds(t, s, r.ID), 2)
}

func kinds(t *testing.T, s recording.Store, id string) []recording.EventKind {
	t.Helper()
	events, err := s.Events(t.Context(), id)
	require.NoError(t, err)
	var list []recording.EventKind
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}
