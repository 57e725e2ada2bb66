package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var createTests = []test{
	{"sets Seq and Version", func(t *testing.T, s recording.Store) {
		first, second := create(t, s, 1, nil), create(t, s, 2, nil)
		require.Positive(t, first.Seq)
		require.Greater(t, second.Seq, first.Seq)
		require.Equal(t, []int64{1, 1}, []int64{first.Version, second.Version})
	}},
	{"what was created can be read", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"the states of many ids are asked for at once", func(t *testing.T, s recording.Store) {
		one, two := create(t, s, 1, nil), create(t, s, 2, func(r *recording.Recording) { r.State = recording.Failed })
		states, err := s.States(t.Context(), []string{one.ID, "nobody", two.ID})
		require.NoError(t, err)
		require.Equal(t, map[string]recording.State{one.ID: one.State, two.ID: recording.Failed}, states)
		states, err = s.States(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, states)
	}},
	{"live calls and nodes are told of many rows at once", func(t *testing.T, s recording.Store) {
		one := create(t, s, 1, nil)
		create(t, s, 2, func(r *recording.Recording) { r.CallEndedAt = r.CreatedAt })
		paris := create(t, s, 3, func(r *recording.Recording) { r.Node, r.UniqueID = "paris", one.UniqueID })
		calls, err := s.LiveCalls(t.Context(), "default")
		require.NoError(t, err)
		require.Equal(t, map[string]string{one.ID: one.UniqueID}, calls)
		nodes, err := s.Nodes(t.Context(), recording.Filter{UniqueID: one.UniqueID, NotDeleted: true})
		require.NoError(t, err)
		require.Equal(t, []string{"default", "paris"}, nodes)
		paris.DeletedAt = paris.CreatedAt
		require.NoError(t, s.Update(t.Context(), paris))
		nodes, err = s.Nodes(t.Context(), recording.Filter{UniqueID: one.UniqueID, NotDeleted: true})
		require.NoError(t, err)
		require.Equal(t, []string{"default"}, nodes)
	}},
	{"every field survives", everyFieldSurvives},
	{"all that is empty stays empty", func(t *testing.T, s recording.Store) {
		r := &recording.Recording{ID: "01k9", State: recording.Failed}
		require.NoError(t, s.Create(t.Context(), r, recording.Event{}))
		require.Equal(t, r, get(t, s, r.ID))
		events, err := s.Events(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, []recording.Event{{}}, events)
	}},
	{"ErrRunning while another recording has the channel", func(t *testing.T, s recording.Store) {
		for _, state := range recording.States() {
			if !state.Running() {
				continue
			}
			r := create(t, s, 1, func(r *recording.Recording) { r.ID, r.State = "first-"+string(state), state })
			other := start(1)
			other.ID = "other-" + string(state)
			require.ErrorIs(t, s.Create(t.Context(), other, requested(other)), recording.ErrRunning, state)
			require.Zero(t, other.Seq)
			require.Zero(t, other.Version)
			_, err := s.Get(t.Context(), other.ID)
			require.ErrorIs(t, err, recording.ErrNotFound, "nothing may be left of it")
			finish(r)
			require.NoError(t, s.Update(t.Context(), r))
		}
	}},
	{"a channel is free once its recording has ended", func(t *testing.T, s recording.Store) {
		for i, state := range []recording.State{recording.Archiving, recording.Available, recording.Failed} {
			r := create(t, s, 1, func(r *recording.Recording) { r.ID += string(rune('a' + i)) })
			r.State = state
			require.NoError(t, s.Update(t.Context(), r))
		}
		create(t, s, 1, nil)
	}},
	{"the same uniqueid on another node is another channel", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		create(t, s, 1, func(r *recording.Recording) { r.ID, r.Node = "other", "paris" })
	}},
	{"twenty starts of one channel make one recording", twentyStarts},
	{"the same id twice is an error of its own", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		again := start(2)
		again.ID = r.ID
		err := s.Create(t.Context(), again, requested(again))
		require.Error(t, err)
		require.NotErrorIs(t, err, recording.ErrRunning)
		require.NotErrorIs(t, err, recording.ErrStoreDown)
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"unknown id", func(t *testing.T, s recording.Store) {
		_, err := s.Get(t.Context(), "01k9")
		require.ErrorIs(t, err, recording.ErrNotFound)
	}},
	{"what is handed out is a copy", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, finish)
		read := get(t, s, r.ID)
		read.Tag, read.Tracks[0].Name, read.Audio.Key = "x", "x", "x"
		require.Equal(t, r, get(t, s, r.ID))
		r.Tag, r.Tracks[0].Name, r.Audio.Key = "y", "y", "y"
		require.Equal(t, "22", get(t, s, r.ID).Tag)
		require.NotEqual(t, "y", get(t, s, r.ID).Tracks[0].Name)
	}},
}

func everyFieldSurvives(t *testing.T, s recording.Store) {
	at := func(n int) time.Time { return moment.Add(time.Duration(n) * 1_000_001 * time.Microsecond) }
	r := create(t, s, 1, func(r *recording.Recording) {
		finish(r)
		r.StartedAt, r.EndedAt, r.CallEndedAt, r.DeletedAt, r.SourceDeletedAt = at(1), at(2), at(3), at(4), at(5)
		r.EraseAskedAt, r.ErasedAt = at(7), at(8)
		r.Connected.Name = "Zoë 📞"
		r.Private, r.LegalHold, r.Format = true, true, recording.FormatWAV16
		r.Failure = &recording.Failure{Code: recording.FailNoFile, Detail: "disk full? 'maybe'"}
		r.Owner = "one"
		r.Tracks[0].StartedAt = at(6)
		r.Tracks = append(r.Tracks, recording.Track{Number: 1, UniqueID: "1795418221.7", Direction: "in", Name: "second"})
	})
	require.Equal(t, r, get(t, s, r.ID))

	paris := time.FixedZone("Paris", 3600)
	r.StartedAt, r.EndedAt = moment.In(paris), time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, paris)
	require.NoError(t, s.Update(t.Context(), r))
	read := get(t, s, r.ID)
	require.Equal(t, moment, read.StartedAt, "times are UTC")
	require.Equal(t, time.Date(1999, 12, 31, 22, 59, 59, 999_999_000, time.UTC), read.EndedAt, "cut to the microsecond, not rounded")
}

func twentyStarts(t *testing.T, s recording.Store) {
	errs := make([]error, 20)
	starts := make([]*recording.Recording, len(errs))
	var together sync.WaitGroup
	for i := range errs {
		starts[i] = start(1)
		starts[i].ID += string(rune('a' + i))
		together.Go(func() { errs[i] = s.Create(t.Context(), starts[i], requested(starts[i])) })
	}
	together.Wait()
	var won []string
	for i, err := range errs {
		if err == nil {
			won = append(won, starts[i].ID)
			continue
		}
		require.True(t, errors.Is(err, recording.ErrRunning), "%v", err)
	}
	require.Len(t, won, 1)
	all, err := s.Find(t.Context(), recording.Filter{})
	require.NoError(t, err)
	require.Equal(t, won, ids(all))
}
