package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var callListTests = []test{
	{"nothing found is no error", func(t *testing.T, s recording.Store) {
		require.Empty(t, calls(t, s, recording.CallFilter{UniqueID: "1"}, recording.Page{}))
	}},
	{"whole calls, newest first", func(t *testing.T, s recording.Store) {
		old := recording.Call{Node: "default", LinkedID: "old", ExternalReference: "22", StartedAt: moment, Legs: []recording.Leg{ann, bob}}
		young := recording.Call{Node: "paris", LinkedID: "young", ExternalReference: "23", StartedAt: moment.Add(time.Microsecond), Legs: []recording.Leg{cid}}
		bare := recording.Call{Node: "default", LinkedID: "bare", StartedAt: moment.Add(-time.Hour)}
		for _, c := range []recording.Call{young, old, bare} {
			put(t, s, c)
		}
		found := calls(t, s, recording.CallFilter{}, recording.Page{})
		for i, want := range []recording.Call{young, old, bare} {
			require.Positive(t, found[i].Seq)
			want.Seq = found[i].Seq
			require.Equal(t, want, *found[i])
		}
	}},
	{"the same linkedid on two nodes keeps its own legs", func(t *testing.T, s recording.Store) {
		put(t, s, recording.Call{Node: "default", LinkedID: "1", StartedAt: moment, Legs: []recording.Leg{ann}})
		put(t, s, recording.Call{Node: "paris", LinkedID: "2", StartedAt: moment, Legs: []recording.Leg{bob}})
		put(t, s, recording.Call{Node: "paris", LinkedID: "1", StartedAt: moment, Legs: []recording.Leg{cid}})
		var legs []recording.Leg
		for _, c := range calls(t, s, recording.CallFilter{}, recording.Page{}) {
			legs = append(legs, c.Legs...)
		}
		require.Equal(t, []recording.Leg{cid, bob, ann}, legs)
	}},
	{"each field selects", callFieldsSelect},
	{"pages, with equal times across their bounds", func(t *testing.T, s recording.Store) {
		var want []string
		for i := range 11 {
			id := fmt.Sprint("l", i)
			put(t, s, recording.Call{Node: "default", LinkedID: id, ExternalReference: "22", StartedAt: moment.Add(time.Duration(i/4) * time.Microsecond), Legs: []recording.Leg{ann}})
			want = append([]string{id}, want...)
		}
		for _, filter := range []recording.CallFilter{{}, {ExternalReference: "22"}, {UniqueID: ann.UniqueID}, {From: moment}} {
			var all []string
			for p := (recording.Page{Limit: 3}); ; {
				found := calls(t, s, filter, p)
				if len(found) == 0 {
					break
				}
				all = append(all, linkedIDs(found)...)
				last := found[len(found)-1]
				p.After = recording.Position{At: last.StartedAt, Seq: last.Seq}
			}
			require.Equal(t, want, all, "%+v", filter)
		}
	}},
	{"more than a statement can name", func(t *testing.T, s recording.Store) {
		for i := range 1203 {
			node := []string{"default", "paris"}[i%2]
			put(t, s, recording.Call{Node: node, LinkedID: fmt.Sprint("l", i/2), StartedAt: moment.Add(time.Duration(i%2) * time.Hour), Legs: []recording.Leg{ann}})
		}
		found := calls(t, s, recording.CallFilter{}, recording.Page{})
		require.Len(t, found, 1203)
		for _, c := range found {
			require.Equal(t, []recording.Leg{ann}, c.Legs)
		}
	}},
	{"texts are compared byte for byte", func(t *testing.T, s recording.Store) {
		for i, text := range alike {
			leg := recording.Leg{UniqueID: text}
			put(t, s, recording.Call{Node: text, LinkedID: fmt.Sprint("l", i), ExternalReference: text, StartedAt: moment, Legs: []recording.Leg{leg}})
		}
		for i, text := range alike {
			for _, filter := range []recording.CallFilter{{Node: text}, {UniqueID: text}, {ExternalReference: text}} {
				require.Equal(t, []string{fmt.Sprint("l", i)}, linkedIDs(calls(t, s, filter, recording.Page{})), "%+v", filter)
			}
		}
	}},
	{"what is handed out is a copy", func(t *testing.T, s recording.Store) {
		put(t, s, recording.Call{Node: "default", LinkedID: "l", StartedAt: moment, Legs: []recording.Leg{ann}})
		calls(t, s, recording.CallFilter{}, recording.Page{})[0].Legs[0] = bob
		require.Equal(t, []recording.Leg{ann}, calls(t, s, recording.CallFilter{}, recording.Page{})[0].Legs)
	}},
}

func callFieldsSelect(t *testing.T, s recording.Store) {
	put(t, s, recording.Call{Node: "default", LinkedID: "a", ExternalReference: "22", StartedAt: moment, Legs: []recording.Leg{ann, bob}})
	put(t, s, recording.Call{Node: "paris", LinkedID: "b", ExternalReference: "22", StartedAt: moment.Add(time.Second), Legs: []recording.Leg{ann}})
	put(t, s, recording.Call{Node: "default", LinkedID: bob.UniqueID, ExternalReference: "23", StartedAt: moment.Add(2 * time.Second), Legs: []recording.Leg{cid}})
	for _, test := range []struct {
		name   string
		filter recording.CallFilter
		want   []string
	}{
		{"all", recording.CallFilter{}, []string{bob.UniqueID, "b", "a"}},
		{"node", recording.CallFilter{Node: "paris"}, []string{"b"}},
		{"reference", recording.CallFilter{ExternalReference: "22"}, []string{"b", "a"}},
		{"a leg", recording.CallFilter{UniqueID: ann.UniqueID}, []string{"b", "a"}},
		{"a leg, or the call's own", recording.CallFilter{UniqueID: bob.UniqueID}, []string{bob.UniqueID, "a"}},
		{"the call's own", recording.CallFilter{UniqueID: "a"}, []string{"a"}},
		{"a leg on a node", recording.CallFilter{UniqueID: ann.UniqueID, Node: "default"}, []string{"a"}},
		{"from is inclusive", recording.CallFilter{From: moment.Add(time.Second)}, []string{bob.UniqueID, "b"}},
		{"to is exclusive", recording.CallFilter{To: moment.Add(time.Second)}, []string{"a"}},
		{"all at once", recording.CallFilter{Node: "default", UniqueID: ann.UniqueID, ExternalReference: "22", From: moment, To: moment.Add(time.Second)}, []string{"a"}},
		{"all but one", recording.CallFilter{Node: "paris", UniqueID: ann.UniqueID, ExternalReference: "23"}, []string{}},
	} {
		require.Equal(t, test.want, linkedIDs(calls(t, s, test.filter, recording.Page{})), test.name)
	}
}

func calls(t *testing.T, s recording.Store, f recording.CallFilter, p recording.Page) []*recording.Call {
	t.Helper()
	found, err := s.Calls(t.Context(), f, p)
	require.NoError(t, err)
	return found
}

func linkedIDs(calls []*recording.Call) []string {
	list := make([]string, len(calls))
	for i, c := range calls {
		list[i] = c.LinkedID
	}
	return list
}
