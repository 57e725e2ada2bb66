package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var listTests = []test{
	{"nothing found is no error", func(t *testing.T, s recording.Store) {
		require.Empty(t, list(t, s, recording.Filter{Tag: "22"}, recording.Page{}))
	}},
	{"newest is by the clock, and by order of creation where that is equal", func(t *testing.T, s recording.Store) {
		for i, minutes := range []int{0, 60, -60, 60, 30} {
			create(t, s, i, func(r *recording.Recording) { r.CreatedAt = moment.Add(time.Duration(minutes) * time.Minute) })
		}
		want := selection{want: []int{3, 1, 4, 0, 2}}.ids()
		for name, filter := range everyWay() {
			require.Equal(t, want, ids(list(t, s, filter, recording.Page{})), name)
		}
	}},
	{"whole recordings are listed", func(t *testing.T, s recording.Store) {
		want := []*recording.Recording{create(t, s, 1, nil), create(t, s, 2, func(r *recording.Recording) { r.Tracks = nil }), create(t, s, 3, finish)}
		slices.Reverse(want)
		require.Equal(t, want, list(t, s, recording.Filter{}, recording.Page{}))
	}},
	{"pages, with equal times across their bounds", func(t *testing.T, s recording.Store) {
		var want []string
		for i := range 23 { // seven recordings in the same microsecond, thrice, and two more
			want = append([]string{create(t, s, i, func(r *recording.Recording) {
				r.CreatedAt = moment.Add(time.Duration(i/7) * time.Microsecond)
			}).ID}, want...)
		}
		for name, filter := range everyWay() {
			for _, limit := range []int{1, 3, 7, 22, 23, 24} {
				require.Equal(t, want, allPages(t, s, filter, limit), "%s by %d", name, limit)
			}
		}
	}},
	{"what comes while somebody reads on disturbs no page", func(t *testing.T, s recording.Store) {
		for i := range 6 {
			create(t, s, i, nil)
		}
		first := list(t, s, recording.Filter{}, recording.Page{Limit: 3})
		create(t, s, 7, nil)
		second := list(t, s, recording.Filter{}, recording.Page{After: behind(first), Limit: 3})
		require.Equal(t, selection{want: []int{5, 4, 3, 2, 1, 0}}.ids(), ids(append(first, second...)))
	}},
	{"a position need not be anybody's", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		page := func(at time.Time, seq int64) []string {
			return ids(list(t, s, recording.Filter{}, recording.Page{After: recording.Position{At: at, Seq: seq}}))
		}
		require.Equal(t, []string{r.ID}, page(moment.Add(time.Hour), 0))
		require.Equal(t, []string{r.ID}, page(moment, r.Seq+1))
		require.Equal(t, []string{r.ID}, page(moment.Add(time.Microsecond).In(time.FixedZone("Paris", 3600)), -1))
		require.Empty(t, page(moment, r.Seq))
		require.Empty(t, page(moment.Add(-time.Hour), r.Seq+1))
	}},
	{"the filter's own page is not looked at", func(t *testing.T, s recording.Store) {
		create(t, s, 1, nil)
		create(t, s, 2, nil)
		require.Len(t, list(t, s, recording.Filter{Before: 1, Limit: 1}, recording.Page{}), 2)
	}},
	{"texts are compared byte for byte", func(t *testing.T, s recording.Store) {
		for i, text := range alike {
			create(t, s, i, func(r *recording.Recording) {
				r.Tag, r.Extension, r.Node, r.UniqueID, r.LinkedID = text, text, text, text, text
			})
		}
		for i, text := range alike {
			for _, filter := range []recording.Filter{{Tag: text}, {Extension: text}, {Node: text, NotDeleted: true}, {UniqueID: text}, {LinkedID: text}} {
				require.Equal(t, []string{start(i).ID}, ids(list(t, s, filter, recording.Page{})), "%+v", filter)
			}
		}
	}},
	{"filters select, alone and together", filtersSelect},
	{"more than a statement can name", func(t *testing.T, s recording.Store) {
		for i := range 1203 {
			create(t, s, i, nil)
		}
		found := list(t, s, recording.Filter{}, recording.Page{})
		require.Len(t, found, 1203)
		for _, r := range found {
			require.Len(t, r.Tracks, 1)
		}
	}},
}

// everyWay are filters that find everything that start makes, each by another index where there are such.
func everyWay() map[string]recording.Filter {
	return map[string]recording.Filter{
		"unfiltered": {}, "not deleted": {NotDeleted: true}, "tag": {Tag: "22", NotDeleted: true}, "extension": {Extension: "410"},
		"node": {Node: "default", NotDeleted: true}, "state": {States: []recording.State{recording.Starting}},
		"time": {From: moment.Add(-2 * time.Hour), To: moment.Add(2 * time.Hour), NotDeleted: true},
		"call": {Node: "default", CallLives: true}, "tag and time": {Tag: "22", From: moment.Add(-2 * time.Hour)},
	}
}

func filtersSelect(t *testing.T, s recording.Store) {
	hour := func(n int) time.Time { return moment.Add(time.Duration(n) * time.Hour) }
	for n := range 6 { // created at each hour and started four seconds later; the last one never
		create(t, s, n, func(r *recording.Recording) {
			finish(r)
			r.CreatedAt, r.StartedAt = hour(n), hour(n).Add(4*time.Second)
			r.Tag, r.Node = fmt.Sprint("tag", n%2), []string{"default", "default", "paris"}[n%3]
		})
	}
	create(t, s, 6, func(r *recording.Recording) { r.CreatedAt, r.State = hour(6), recording.Failed })
	create(t, s, 7, func(r *recording.Recording) { finish(r); r.CreatedAt, r.DeletedAt = hour(7), hour(8) })
	create(t, s, 8, func(r *recording.Recording) { r.CreatedAt = hour(8) })
	second := time.Second
	tests := []selection{
		{"not deleted", recording.Filter{NotDeleted: true}, []int{8, 6, 5, 4, 3, 2, 1, 0}},
		{"deleted ones too", recording.Filter{}, []int{8, 7, 6, 5, 4, 3, 2, 1, 0}},
		{"from is inclusive, by the start", recording.Filter{From: hour(4).Add(4 * second)}, []int{8, 7, 6, 5, 4}},
		{"just after it", recording.Filter{From: hour(4).Add(4*second + time.Microsecond), NotDeleted: true}, []int{8, 6, 5}},
		{"to is exclusive, by the start", recording.Filter{To: hour(2).Add(4 * second), NotDeleted: true}, []int{1, 0}},
		{"just after that", recording.Filter{To: hour(2).Add(4*second + time.Microsecond)}, []int{2, 1, 0}},
		{"created in time, and started later", recording.Filter{To: hour(2).Add(2 * second), NotDeleted: true}, []int{1, 0}},
		{"never started: the creation counts", recording.Filter{From: hour(6), To: hour(6).Add(time.Microsecond)}, []int{6}},
		{"in another time zone", recording.Filter{From: hour(6).In(time.FixedZone("Paris", 3600)), NotDeleted: true}, []int{8, 6}},
		{"no such time", recording.Filter{From: hour(3), To: hour(3)}, nil},
		{"tag and time", recording.Filter{Tag: "tag1", From: hour(2)}, []int{5, 3}},
		{"node and time", recording.Filter{Node: "default", From: hour(1), To: hour(5), NotDeleted: true}, []int{4, 3, 1}},
		{"extension and state", recording.Filter{Extension: "410", States: []recording.State{recording.Failed}}, []int{6}},
		{"states of all kinds", recording.Filter{States: []recording.State{recording.Failed, recording.Starting, recording.Available}, NotDeleted: true, From: hour(5)}, []int{8, 6, 5}},
		{"rare states", recording.Filter{States: []recording.State{recording.Failed, recording.Starting}, NotDeleted: true}, []int{8, 6}},
		{"one that runs", recording.Filter{States: []recording.State{recording.Starting}, From: hour(8)}, []int{8}},
		{"available", recording.Filter{States: []recording.State{recording.Available}, To: hour(2)}, []int{1, 0}},
		{"all at once", recording.Filter{
			Tag: "tag0", Node: "paris", UniqueID: start(2).UniqueID, LinkedID: start(2).LinkedID, Extension: "410", NotDeleted: true,
			States: []recording.State{recording.Available}, From: hour(2), To: hour(3), SourceExists: true,
		}, []int{2}},
		{"all but one", recording.Filter{Tag: "tag1", Node: "paris", UniqueID: start(2).UniqueID, From: hour(2)}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.ids(), ids(list(t, s, test.filter, recording.Page{})))
			require.Equal(t, test.ids(), allPages(t, s, test.filter, 2))
			found, err := s.Find(t.Context(), test.filter)
			require.NoError(t, err)
			require.Equal(t, test.ids(), ids(found), "Find selects alike")
			count, err := s.Count(t.Context(), test.filter)
			require.NoError(t, err)
			require.Equal(t, len(test.want), count)
		})
	}
}

func list(t *testing.T, s recording.Store, f recording.Filter, p recording.Page) []*recording.Recording {
	t.Helper()
	found, err := s.List(t.Context(), f, p)
	require.NoError(t, err)
	return found
}

// allPages reads on until there is no more.
func allPages(t *testing.T, s recording.Store, f recording.Filter, limit int) []string {
	t.Helper()
	all := []string{}
	for p := (recording.Page{Limit: limit}); ; {
		found := list(t, s, f, p)
		require.LessOrEqual(t, len(found), limit)
		if len(found) == 0 {
			return all
		}
		all, p.After = append(all, ids(found)...), behind(found)
	}
}

// behind is the position of the last one.
func behind(found []*recording.Recording) recording.Position {
	last := found[len(found)-1]
	return recording.Position{At: last.CreatedAt, Seq: last.Seq}
}
