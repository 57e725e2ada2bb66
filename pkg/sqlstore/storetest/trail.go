package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var trailTests = []test{
	{"the timeline is in the order of writing, whatever the clock says", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		other := create(t, s, 2, nil)
		want := []recording.Event{requested(r)}
		for i, kind := range []recording.EventKind{recording.EventStarted, recording.EventStop, recording.EventEnded, recording.EventArchived} {
			at := moment.Add(time.Duration(-i) * time.Hour)
			events := []recording.Event{
				{At: at, Kind: kind, State: recording.Active, Actor: "crm 'x'", Address: "2001:db8::1", Detail: strings.Repeat("😀", 500)},
				{At: at.Add(-time.Minute), Kind: recording.EventSwept},
				{At: at, Kind: recording.EventAdopted, Detail: "third of one update"},
			}
			require.NoError(t, s.Update(t.Context(), r, events...))
			want = append(want, events...)
		}
		events, err := s.Events(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, want, events)
		require.Len(t, kinds(t, s, other.ID), 1)
	}},
	{"an update without events adds none", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		require.NoError(t, s.Update(t.Context(), r))
		require.NoError(t, s.Update(t.Context(), r, recording.Event{Kind: recording.EventEnded}))
		require.Equal(t, []recording.EventKind{recording.EventRequested, recording.EventEnded}, kinds(t, s, r.ID))
	}},
	{"an unknown recording has no timeline", func(t *testing.T, s recording.Store) {
		require.Empty(t, kinds(t, s, "01k9"))
	}},
}

var faultTests = []test{
	{"a ping is answered", func(t *testing.T, s recording.Store) {
		require.NoError(t, s.Ping(t.Context()))
	}},
	{"no time left is ErrStoreDown", func(t *testing.T, s recording.Store) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		for method, call := range Methods(s) {
			require.ErrorIs(t, call(ctx), recording.ErrStoreDown, method)
		}
	}},
	{"a caller that went away is not ErrStoreDown", func(t *testing.T, s recording.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for method, call := range Methods(s) {
			require.ErrorIs(t, call(ctx), context.Canceled, method)
			require.NotErrorIs(t, call(ctx), recording.ErrStoreDown, method)
		}
	}},
}

// Methods are calls of each method of the store, by name: whoever breaks a store can see that all of them say so.
func Methods(s recording.Store) map[string]func(context.Context) error {
	r := start(1)
	r.Version = 1
	return map[string]func(context.Context) error{
		"Create":     func(ctx context.Context) error { return s.Create(ctx, start(1), requested(r)) },
		"Update":     func(ctx context.Context) error { return s.Update(ctx, r) },
		"Get":        func(ctx context.Context) error { _, err := s.Get(ctx, r.ID); return err },
		"States":     func(ctx context.Context) error { _, err := s.States(ctx, []string{r.ID}); return err },
		"Find":       func(ctx context.Context) error { _, err := s.Find(ctx, recording.Filter{}); return err },
		"LiveCalls":  func(ctx context.Context) error { _, err := s.LiveCalls(ctx, "default"); return err },
		"Nodes":      func(ctx context.Context) error { _, err := s.Nodes(ctx, recording.Filter{}); return err },
		"Count":      func(ctx context.Context) error { _, err := s.Count(ctx, recording.Filter{}); return err },
		"Claim":      func(ctx context.Context) error { _, err := s.Claim(ctx, "default", "one"); return err },
		"Renew":      func(ctx context.Context) error { return s.Renew(ctx, "one") },
		"Release":    func(ctx context.Context) error { return s.Release(ctx, "one") },
		"Abandoned":  func(ctx context.Context) error { _, err := s.Abandoned(ctx, "one"); return err },
		"Events":     func(ctx context.Context) error { _, err := s.Events(ctx, r.ID); return err },
		"PutCall":    func(ctx context.Context) error { return s.PutCall(ctx, recording.Call{Node: "default", LinkedID: "1"}) },
		"Call":       func(ctx context.Context) error { _, err := s.Call(ctx, "default", "1"); return err },
		"Audit":      func(ctx context.Context) error { return s.Audit(ctx, recording.AuditEntry{}) },
		"CreateOnce": func(ctx context.Context) error { return s.CreateOnce(ctx, start(3), requested(r), use("key", r.ID)) },
		"List": func(ctx context.Context) error {
			_, err := s.List(ctx, recording.Filter{}, recording.Page{})
			return err
		},
		"Calls": func(ctx context.Context) error {
			_, err := s.Calls(ctx, recording.CallFilter{UniqueID: "1"}, recording.Page{})
			return err
		},
		"AuditTrail": func(ctx context.Context) error {
			_, err := s.AuditTrail(ctx, recording.AuditFilter{}, recording.Page{})
			return err
		},
		"Doomed": func(ctx context.Context) error {
			_, err := s.Doomed(ctx, recording.Doom{Cause: recording.DoomAsked}, recording.Position{}, 1)
			return err
		},
		"KeyUse":        func(ctx context.Context) error { _, err := s.KeyUse(ctx, "crm", "key", moment); return err },
		"PutKeyUse":     func(ctx context.Context) error { return s.PutKeyUse(ctx, use("another", r.ID)) },
		"ForgetKeyUses": func(ctx context.Context) error { return s.ForgetKeyUses(ctx, moment) },
		"Ping":          func(ctx context.Context) error { return s.Ping(ctx) },
	}
}
