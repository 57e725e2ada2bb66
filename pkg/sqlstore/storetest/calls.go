package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var (
	ann = recording.Leg{UniqueID: "1795418220.0", Channel: "PJSIP/410-00000002", Extension: "410"}
	bob = recording.Leg{UniqueID: "1795418220.1", Channel: "PJSIP/north-office-00000003", Extension: "north-office"}
	cid = recording.Leg{UniqueID: "1795418290.5", Channel: "PJSIP/412-00000004", Extension: "412"}
)

var callTests = []test{
	{"unknown", func(t *testing.T, s recording.Store) {
		_, err := s.Call(t.Context(), "default", ann.UniqueID)
		require.ErrorIs(t, err, recording.ErrNotFound)
	}},
	{"a call is found by any leg", func(t *testing.T, s recording.Store) {
		c := recording.Call{Node: "default", LinkedID: ann.UniqueID, ExternalReference: "22", StartedAt: moment, Legs: []recording.Leg{ann, bob}}
		put(t, s, c)
		for _, leg := range c.Legs {
			require.Equal(t, c, call(t, s, leg.UniqueID))
		}
	}},
	{"the linkedid alone is no leg", func(t *testing.T, s recording.Store) {
		put(t, s, recording.Call{Node: "default", LinkedID: "linked", Legs: []recording.Leg{ann}})
		_, err := s.Call(t.Context(), "default", "linked")
		require.ErrorIs(t, err, recording.ErrNotFound)
	}},
	{"legs are merged, the latest reference and the first start stay", func(t *testing.T, s recording.Store) {
		put(t, s, recording.Call{Node: "default", LinkedID: "l", ExternalReference: "22", StartedAt: moment, Legs: []recording.Leg{bob}})
		moved := bob
		moved.Channel = "PJSIP/north-office-00000009"
		put(t, s, recording.Call{Node: "default", LinkedID: "l", ExternalReference: "23", StartedAt: moment.Add(time.Hour), Legs: []recording.Leg{ann, moved}})
		put(t, s, recording.Call{Node: "default", LinkedID: "l", Legs: []recording.Leg{cid}})
		want := recording.Call{Node: "default", LinkedID: "l", ExternalReference: "23", StartedAt: moment, Legs: []recording.Leg{moved, ann, cid}}
		for _, leg := range want.Legs {
			require.Equal(t, want, call(t, s, leg.UniqueID))
		}
	}},
	{"the reference without a leg", func(t *testing.T, s recording.Store) {
		put(t, s, recording.Call{Node: "default", LinkedID: "l", Legs: []recording.Leg{ann}})
		put(t, s, recording.Call{Node: "default", LinkedID: "l", ExternalReference: "A1 "})
		require.Equal(t, recording.Call{Node: "default", LinkedID: "l", ExternalReference: "A1 ", Legs: []recording.Leg{ann}}, call(t, s, ann.UniqueID))
	}},
	{"nodes are kept apart", func(t *testing.T, s recording.Store) {
		here := recording.Call{Node: "default", LinkedID: "l", ExternalReference: "22", Legs: []recording.Leg{ann}}
		there := recording.Call{Node: "Default", LinkedID: "l", ExternalReference: "23", Legs: []recording.Leg{ann, bob}}
		put(t, s, here)
		put(t, s, there)
		require.Equal(t, here, call(t, s, ann.UniqueID))
		_, err := s.Call(t.Context(), "default", bob.UniqueID)
		require.ErrorIs(t, err, recording.ErrNotFound)
	}},
	{"a leg that moved to another call is of the later one", func(t *testing.T, s recording.Store) {
		put(t, s, recording.Call{Node: "default", LinkedID: "first", ExternalReference: "22", Legs: []recording.Leg{ann, bob}})
		later := recording.Call{Node: "default", LinkedID: "second", ExternalReference: "23", Legs: []recording.Leg{bob, cid}}
		put(t, s, later)
		require.Equal(t, later, call(t, s, bob.UniqueID))
		require.Equal(t, "22", call(t, s, ann.UniqueID).ExternalReference)
	}},
	{"a call comes with an event, or not at all", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		c := recording.Call{Node: "default", LinkedID: "l", ExternalReference: "22", StartedAt: moment, Legs: []recording.Leg{ann, bob}}
		stale := r.Clone()
		require.NoError(t, s.Update(t.Context(), r, recording.Event{At: moment, Kind: recording.EventStarted, State: r.State, Call: &c}))
		require.Equal(t, c, call(t, s, bob.UniqueID))
		events, err := s.Events(t.Context(), r.ID)
		require.NoError(t, err)
		require.Nil(t, events[len(events)-1].Call, "it is no part of the timeline")
		c.ExternalReference = "23"
		require.ErrorIs(t, s.Update(t.Context(), stale, recording.Event{At: moment, Kind: recording.EventStarted, Call: &c}), recording.ErrConflict)
		require.Equal(t, "22", call(t, s, bob.UniqueID).ExternalReference)
	}},
	{"many tell of one call at once", func(t *testing.T, s recording.Store) {
		var together sync.WaitGroup
		errs := make([]error, 10)
		for i := range errs {
			together.Go(func() {
				errs[i] = s.PutCall(t.Context(), recording.Call{Node: "default", LinkedID: "l", ExternalReference: "22", Legs: []recording.Leg{ann, bob, cid}})
			})
		}
		together.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Len(t, call(t, s, ann.UniqueID).Legs, 3)
	}},
}

func put(t *testing.T, s recording.Store, c recording.Call) {
	t.Helper()
	require.NoError(t, s.PutCall(t.Context(), c))
}

func call(t *testing.T, s recording.Store, uniqueID string) recording.Call {
	t.Helper()
	c, err := s.Call(t.Context(), "default", uniqueID)
	require.NoError(t, err)
	require.Positive(t, c.Seq)
	c.Seq = 0 // so that it can be compared with what was put
	return *c
}
