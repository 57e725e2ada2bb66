package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// later is when all that the tests below make has long happened.
var later = moment.Add(1000 * time.Hour)

var doomTests = []test{
	{"each cause finds its own, oldest first", func(t *testing.T, s recording.Store) {
		livesOfAllKinds(t, s)
		require.Equal(t, selection{want: []int{1, 0, 2}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomAged, Before: later}))
		require.Equal(t, selection{want: []int{4, 3}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomDeleted, Before: later}))
		require.Equal(t, selection{want: []int{6, 5}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomAsked, Before: later}))
	}},
	{"before is exclusive, and only a request may do without", func(t *testing.T, s recording.Store) {
		livesOfAllKinds(t, s)
		require.Equal(t, selection{want: []int{1}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomAged, Before: moment}))
		require.Equal(t, selection{want: []int{1, 0}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomAged, Before: moment.Add(time.Microsecond)}))
		require.Equal(t, selection{want: []int{4}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomDeleted, Before: moment.Add(2 * time.Hour)}))
		require.Equal(t, selection{want: []int{6}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomAsked, Before: moment.Add(2 * time.Hour)}))
		require.Equal(t, selection{want: []int{6, 5}}.ids(), doomed(t, s, recording.Doom{Cause: recording.DoomAsked}))
		require.Empty(t, doomed(t, s, recording.Doom{Cause: recording.DoomAged}), "no retention is none")
		require.Empty(t, doomed(t, s, recording.Doom{Cause: recording.DoomDeleted}))
	}},
	{"whole recordings, as a page of their order", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, finish)
		found, err := s.Doomed(t.Context(), recording.Doom{Cause: recording.DoomAged, Before: later}, recording.Position{}, 10)
		require.NoError(t, err)
		require.Equal(t, []*recording.Recording{r}, found)
	}},
	{"on and on behind the last one, whatever becomes of it", func(t *testing.T, s recording.Store) {
		var want []string
		for i := range 11 {
			want = append(want, create(t, s, i, func(r *recording.Recording) {
				finish(r)
				r.CreatedAt = moment.Add(time.Duration(i/4) * time.Microsecond)
				r.DeletedAt = r.CreatedAt.Add(time.Hour)
			}).ID)
		}
		var all []string
		var after recording.Position
		for {
			found, err := s.Doomed(t.Context(), recording.Doom{Cause: recording.DoomDeleted, Before: later}, after, 3)
			require.NoError(t, err)
			if len(found) == 0 {
				break
			}
			all = append(all, ids(found)...)
			last := found[len(found)-1]
			after = recording.Position{At: last.DeletedAt, Seq: last.Seq}
			last.ErasedAt = later
			require.NoError(t, s.Update(t.Context(), last))
		}
		require.Equal(t, want, all)
		require.Len(t, doomed(t, s, recording.Doom{Cause: recording.DoomDeleted, Before: later}), 7)
	}},
	{"restored is kept again", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, func(r *recording.Recording) { finish(r); r.DeletedAt = moment })
		r.DeletedAt = time.Time{}
		require.NoError(t, s.Update(t.Context(), r))
		require.Empty(t, doomed(t, s, recording.Doom{Cause: recording.DoomDeleted, Before: later}))
		require.Equal(t, []string{r.ID}, doomed(t, s, recording.Doom{Cause: recording.DoomAged, Before: later}))
		require.Equal(t, []string{r.ID}, ids(list(t, s, recording.Filter{NotDeleted: true}, recording.Page{})))
	}},
}

// livesOfAllKinds makes three that are kept, two deleted ones and two to be erased on request, the first made of each
// being the younger, and then those that no cause may find.
func livesOfAllKinds(t *testing.T, s recording.Store) {
	t.Helper()
	at := func(hours int) time.Time { return moment.Add(time.Duration(hours) * time.Hour) }
	for i, change := range []func(*recording.Recording){
		func(*recording.Recording) {},
		func(r *recording.Recording) { r.CreatedAt = at(-1) },
		func(r *recording.Recording) { r.CreatedAt, r.State, r.Audio = at(1), recording.Failed, nil },
		func(r *recording.Recording) { r.DeletedAt = at(2) },
		func(r *recording.Recording) { r.CreatedAt, r.DeletedAt = at(1), at(1) },
		func(r *recording.Recording) { r.DeletedAt, r.EraseAskedAt = at(1), at(2) },
		func(r *recording.Recording) { r.DeletedAt, r.EraseAskedAt = at(1), at(1) },

		func(r *recording.Recording) { r.DeletedAt, r.ErasedAt = at(1), at(2) },
		func(r *recording.Recording) { r.DeletedAt, r.EraseAskedAt, r.ErasedAt = at(1), at(1), at(2) },
		func(r *recording.Recording) { r.LegalHold = true },
		func(r *recording.Recording) { r.LegalHold, r.DeletedAt = true, at(1) },
		func(r *recording.Recording) { r.LegalHold, r.DeletedAt, r.EraseAskedAt = true, at(1), at(1) },
		func(r *recording.Recording) { r.State = recording.Archiving },
		func(r *recording.Recording) { r.State, r.DeletedAt = recording.Archiving, at(1) },
		func(r *recording.Recording) { r.State = recording.Active },
	} {
		create(t, s, i, func(r *recording.Recording) { finish(r); change(r) })
	}
}

func doomed(t *testing.T, s recording.Store, d recording.Doom) []string {
	t.Helper()
	found, err := s.Doomed(t.Context(), d, recording.Position{}, 100)
	require.NoError(t, err)
	return ids(found)
}
