package storetest

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var leaseTests = []test{
	{"one's own rows are claimed at any time, unchanged", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		require.Equal(t, []*recording.Recording{r}, claim(t, s, "default", "one"))
		expire(t, s)
		require.Equal(t, []*recording.Recording{r}, claim(t, s, "default", "one"))
		require.Equal(t, r, get(t, s, r.ID), "whoever holds it may go on")
	}},
	{"another's row is left alone while its lease lasts", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		require.Empty(t, claim(t, s, "default", "two"))
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"another's row is taken over once its lease has run out", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		expire(t, s)
		taken := claim(t, s, "default", "two")
		require.Equal(t, []string{r.ID}, ids(taken))
		require.Equal(t, "two", taken[0].Owner)
		require.Equal(t, taken[0], get(t, s, r.ID))
		require.Empty(t, claim(t, s, "default", "one"), "now it is leased to two")
		require.ErrorIs(t, s.Update(t.Context(), r), recording.ErrConflict, "who slept through it must not go on")
		require.NoError(t, s.Update(t.Context(), taken[0]))
	}},
	{"every state in work is claimed, none at rest", func(t *testing.T, s recording.Store) {
		var want []string
		for i, state := range recording.States() {
			r := create(t, s, i, func(r *recording.Recording) { r.State = state })
			if state.InWork() {
				want = append(want, r.ID)
			}
		}
		expire(t, s)
		require.ElementsMatch(t, want, ids(claim(t, s, "default", "two")))
		require.ElementsMatch(t, want, ids(claim(t, s, "default", "two")))
	}},
	{"only the node's rows are claimed", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		paris := create(t, s, 2, func(r *recording.Recording) { r.Node = "paris" })
		expire(t, s)
		require.Equal(t, []string{paris.ID}, ids(claim(t, s, "paris", "two")))
	}},
	{"a row without an owner is free", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, func(r *recording.Recording) { r.Owner = "" })
		require.Equal(t, []string{r.ID}, ids(claim(t, s, "default", "two")))
	}},
	{"a claim renews", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		expire(t, s)
		claim(t, s, "default", "one")
		require.Empty(t, claim(t, s, "default", "two"))
	}},
	{"renewed leases last on, all of them and no others", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		create(t, s, 2, func(r *recording.Recording) { r.Node = "paris" })
		three := create(t, s, 3, func(r *recording.Recording) { r.Owner = "three" })
		expire(t, s)
		require.NoError(t, s.Renew(t.Context(), "one"))
		require.NoError(t, s.Renew(t.Context(), "nobody"))
		require.Empty(t, claim(t, s, "paris", "two"))
		require.Equal(t, []string{three.ID}, ids(claim(t, s, "default", "two")))
	}},
	{"a renewal changes nothing else", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		require.NoError(t, s.Renew(t.Context(), "one"))
		require.Equal(t, r, get(t, s, r.ID))
	}},
	{"what is released can be claimed by anybody, its owner first of all", func(t *testing.T, s recording.Store) {
		r, other := create(t, s, 1, nil), create(t, s, 2, func(r *recording.Recording) { r.Owner = "three" })
		rest := create(t, s, 3, func(r *recording.Recording) { r.State = recording.Available })
		require.NoError(t, s.Release(t.Context(), "one"))
		require.Equal(t, r, get(t, s, r.ID), "nothing else is changed")
		require.Equal(t, rest, get(t, s, rest.ID))
		require.Equal(t, []*recording.Recording{r}, claim(t, s, "default", "one"))
		require.Empty(t, claim(t, s, "default", "two"), "the claim has leased it again")
		require.NoError(t, s.Release(t.Context(), "one"))
		require.Equal(t, []string{r.ID}, ids(claim(t, s, "default", "two")))
		require.Equal(t, other, get(t, s, other.ID))
	}},
	{"abandoned rows are found by their nodes", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		create(t, s, 2, func(r *recording.Recording) { r.Node = "paris" })
		create(t, s, 3, func(r *recording.Recording) { r.Node = "paris" })
		create(t, s, 4, func(r *recording.Recording) { r.Node, r.Owner = "rome", "two" })
		create(t, s, 5, func(r *recording.Recording) { r.Node, r.State = "oslo", recording.Failed })
		require.Empty(t, abandoned(t, s, "two"), "all leases last")
		expire(t, s)
		require.ElementsMatch(t, []string{"default", "paris"}, abandoned(t, s, "two"))
		claim(t, s, "paris", "two")
		require.Equal(t, []string{"default"}, abandoned(t, s, "two"))
	}},
	{"more rows than one transaction takes are claimed, renewed and released", func(t *testing.T, s recording.Store) {
		for i := range 520 {
			create(t, s, i, nil)
		}
		require.NoError(t, s.Renew(t.Context(), "one"))
		require.NoError(t, s.Release(t.Context(), "one"))
		require.Len(t, claim(t, s, "default", "two"), 520)
		require.Empty(t, abandoned(t, s, "one"))
	}},
	{"an update keeps the lease of a row in work", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		expire(t, s)
		r.State = recording.Archiving
		require.NoError(t, s.Update(t.Context(), r))
		require.Empty(t, claim(t, s, "default", "two"))
	}},
	{"an update may hand the row over", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		r.Owner = "two"
		require.NoError(t, s.Update(t.Context(), r))
		require.Empty(t, claim(t, s, "default", "one"))
		require.Equal(t, []string{r.ID}, ids(claim(t, s, "default", "two")))
	}},
	{"of five who claim one row one gets it", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		expire(t, s)
		owners := []string{"a", "b", "c", "d", "e"}
		got := make([]int, len(owners))
		errs := make([]error, len(owners))
		var together sync.WaitGroup
		for i, owner := range owners {
			together.Go(func() {
				var rows []*recording.Recording
				rows, errs[i] = s.Claim(t.Context(), "default", owner)
				got[i] = len(rows)
			})
		}
		together.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		slices.Sort(got)
		require.Equal(t, []int{0, 0, 0, 0, 1}, got)
	}},
	{"renewals and updates of the same rows do not fail each other", func(t *testing.T, s recording.Store) {
		var together sync.WaitGroup
		errs := make([]error, 10)
		for i := range errs {
			together.Go(func() {
				r := start(i)
				errs[i] = s.Create(t.Context(), r, requested(r))
				for n := 0; n < 5 && errs[i] == nil; n++ {
					r.State = []recording.State{recording.Active, recording.Paused}[n%2]
					if errs[i] = s.Update(t.Context(), r, requested(r)); errs[i] == nil {
						errs[i] = s.Renew(t.Context(), "one")
					}
				}
			})
		}
		together.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
	}},
}

func claim(t *testing.T, s recording.Store, node, owner string) []*recording.Recording {
	t.Helper()
	rows, err := s.Claim(t.Context(), node, owner)
	require.NoError(t, err)
	return rows
}

func abandoned(t *testing.T, s recording.Store, owner string) []string {
	t.Helper()
	nodes, err := s.Abandoned(t.Context(), owner)
	require.NoError(t, err)
	return nodes
}

func expire(t *testing.T, s recording.Store) {
	t.Helper()
	ager, ok := s.(Ager)
	require.True(t, ok, "%T cannot age leases", s)
	require.NoError(t, ager.ExpireLeases(t.Context()))
}
