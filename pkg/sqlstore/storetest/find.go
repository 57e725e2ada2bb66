package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var findTests = []test{
	{"nothing found is no error", func(t *testing.T, s recording.Store) {
		found, err := s.Find(t.Context(), recording.Filter{Tag: "22"})
		require.NoError(t, err)
		require.Empty(t, found)
		count, err := s.Count(t.Context(), recording.Filter{})
		require.NoError(t, err)
		require.Zero(t, count)
	}},
	{"newest is by order of creation, not by the clock", func(t *testing.T, s recording.Store) {
		var want []string
		for i, minutes := range []int{0, 60, -60, 30} {
			r := create(t, s, i, func(r *recording.Recording) { r.CreatedAt = moment.Add(time.Duration(minutes) * time.Minute) })
			want = append([]string{r.ID}, want...)
		}
		finished := get(t, s, want[3])
		finish(finished)
		require.NoError(t, s.Update(t.Context(), finished), "a later change makes nothing newer")
		found, err := s.Find(t.Context(), recording.Filter{Tag: "22"})
		require.NoError(t, err)
		require.Equal(t, want, ids(found))
	}},
	{"whole recordings are found", func(t *testing.T, s recording.Store) {
		want := []*recording.Recording{create(t, s, 3, finish), create(t, s, 2, func(r *recording.Recording) { r.Tracks = nil }), create(t, s, 1, nil)}
		found, err := s.Find(t.Context(), recording.Filter{})
		require.NoError(t, err)
		require.Equal(t, []*recording.Recording{want[2], want[1], want[0]}, found)
	}},
	{"each field selects", eachFieldSelects},
	{"pages", func(t *testing.T, s recording.Store) {
		var want []string
		for i := range 7 {
			want = append([]string{create(t, s, i, nil).ID}, want...)
		}
		create(t, s, 99, func(r *recording.Recording) { r.Tag = "other" })
		filter := recording.Filter{Tag: "22", Limit: 3}
		var pages [][]string
		for {
			page, err := s.Find(t.Context(), filter)
			require.NoError(t, err)
			if len(page) == 0 {
				break
			}
			pages = append(pages, ids(page))
			filter.Before = page[len(page)-1].Seq
			count, err := s.Count(t.Context(), filter)
			require.NoError(t, err)
			require.Equal(t, 7, count, "the count is of all pages")
		}
		require.Equal(t, [][]string{want[:3], want[3:6], want[6:]}, pages)
	}},
}

func eachFieldSelects(t *testing.T, s recording.Store) {
	create(t, s, 0, func(r *recording.Recording) { r.Tag = "tagged" })
	create(t, s, 1, func(r *recording.Recording) { r.Node = "paris" })
	create(t, s, 2, func(r *recording.Recording) { r.UniqueID = "unique" })
	create(t, s, 3, func(r *recording.Recording) { r.LinkedID = "linked" })
	create(t, s, 4, func(r *recording.Recording) { r.Extension = "999" })
	create(t, s, 5, func(r *recording.Recording) { r.State = recording.Paused })
	create(t, s, 6, func(r *recording.Recording) { finish(r); r.SourceDeletedAt = moment })
	create(t, s, 7, func(r *recording.Recording) { finish(r); r.DeletedAt, r.CallEndedAt = moment, time.Time{} })
	create(t, s, 8, func(r *recording.Recording) { r.State, r.CallEndedAt = recording.Failed, moment })
	tests := []selection{
		{"tag", recording.Filter{Tag: "tagged"}, []int{0}},
		{"any of several uniqueids", recording.Filter{UniqueIDs: []string{"unique", "1795418220.4", "none"}}, []int{4, 2}},
		{"node", recording.Filter{Node: "paris"}, []int{1}},
		{"uniqueid", recording.Filter{UniqueID: "unique"}, []int{2}},
		{"linkedid", recording.Filter{LinkedID: "linked"}, []int{3}},
		{"extension", recording.Filter{Extension: "999"}, []int{4}},
		{"a state", recording.Filter{States: []recording.State{recording.Paused}}, []int{5}},
		{"states", recording.Filter{States: []recording.State{recording.Failed, recording.Paused}}, []int{8, 5}},
		{"not deleted", recording.Filter{NotDeleted: true}, []int{8, 6, 5, 4, 3, 2, 1, 0}},
		{"call lives", recording.Filter{CallLives: true}, []int{7, 5, 4, 3, 2, 1, 0}},
		{"source exists", recording.Filter{SourceExists: true}, []int{8, 7}},
		{"source exists in a state", recording.Filter{SourceExists: true, States: []recording.State{recording.Available, recording.Active}}, []int{7}},
		{"all must fit", recording.Filter{Tag: "22", Node: "default", Extension: "410", NotDeleted: true, CallLives: true, States: []recording.State{recording.Starting}}, []int{3, 2}},
		{"none fits all", recording.Filter{Tag: "tagged", Node: "paris"}, nil},
		{"a node of many calls", recording.Filter{Node: "default", CallLives: true, Limit: 2}, []int{7, 5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := s.Find(t.Context(), test.filter)
			require.NoError(t, err)
			require.Equal(t, test.ids(), ids(found))
			if test.filter.Limit == 0 {
				count, err := s.Count(t.Context(), test.filter)
				require.NoError(t, err)
				require.Equal(t, len(test.want), count)
			}
		})
	}
}

// selection is a filter with the recordings that it is to find, by the numbers that start was given.
type selection struct {
	name   string
	filter recording.Filter
	want   []int
}

func (s selection) ids() []string {
	list := make([]string, len(s.want))
	for i, n := range s.want {
		list[i] = start(n).ID
	}
	return list
}
