// Package storetest holds every recording.Store to the promises of that interface. A store passes when Run does.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// Ager is what a store under test must be able to do besides, so that no test has to wait for a lease to run out.
type Ager interface {
	// ExpireLeases makes every lease run out a moment ago, by the clock that leases are measured with.
	ExpireLeases(ctx context.Context) error
}

// Run runs the suite. Every call of open must return an empty store whose leases last a minute or longer, which is an
// Ager too; open sees to its end with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) recording.Store) {
	suites := []struct {
		name  string
		tests []test
	}{
		{"Create", createTests}, {"Update", updateTests}, {"Bytes", byteTests}, {"Find", findTests}, {"Lease", leaseTests},
		{"Trail", trailTests}, {"Call", callTests}, {"List", listTests}, {"Calendar", calendarTests}, {"Calls", callListTests}, {"AuditTrail", auditTests},
		{"Doomed", doomTests}, {"KeyUse", keyTests}, {"KeyRace", keyRaces}, {"Fault", faultTests},
	}
	for _, suite := range suites {
		t.Run(suite.name, func(t *testing.T) {
			for _, test := range suite.tests {
				t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
			}
		})
	}
}

// test checks one promise on a store of its own.
type test struct {
	name string
	run  func(t *testing.T, s recording.Store)
}

// moment is a time with microseconds, which must survive.
var moment = time.Date(2026, 11, 23, 7, 17, 2, 694_123_000, time.UTC)

// start is a recording as a start makes it: row starting, one track, owned. Each n is another channel.
func start(n int) *recording.Recording {
	id := fmt.Sprintf("01k9zzzzzzzzzzzzzzzzzz%04d", n)
	uniqueID := fmt.Sprintf("1795418220.%d", n)
	return &recording.Recording{
		ID: id, State: recording.Starting, Tag: "22", Node: "default", UniqueID: uniqueID, LinkedID: uniqueID,
		Channel: fmt.Sprintf("PJSIP/410-%08x", n), Extension: "410",
		Caller: channels.Party{Name: "Ann", Number: "410"}, Connected: channels.Party{Number: "5550100"},
		StartedBy: "crm", CreatedAt: moment, Format: recording.FormatWAV, Channels: 1, Owner: "one",
		Tracks: []recording.Track{{UniqueID: uniqueID, Direction: recording.DirectionBoth, Name: recording.TrackName("rec", id, 0)}},
	}
}

// requested is the first event of a recording.
func requested(r *recording.Recording) recording.Event {
	return recording.Event{At: r.CreatedAt, Kind: recording.EventRequested, State: r.State, Actor: r.StartedBy, Address: "192.0.2.7"}
}

// create inserts what start makes, after change.
func create(t *testing.T, s recording.Store, n int, change func(*recording.Recording)) *recording.Recording {
	t.Helper()
	r := start(n)
	if change != nil {
		change(r)
	}
	require.NoError(t, s.Create(t.Context(), r, requested(r)))
	return r
}

// get reads the recording anew.
func get(t *testing.T, s recording.Store, id string) *recording.Recording {
	t.Helper()
	r, err := s.Get(t.Context(), id)
	require.NoError(t, err)
	return r
}

// finish moves the recording on as far as it goes.
func finish(r *recording.Recording) {
	r.State, r.Owner = recording.Available, ""
	r.EndedAt, r.CallEndedAt = moment.Add(time.Minute), moment.Add(time.Minute)
	r.Audio = &recording.Audio{
		Key: "2026/11/23/" + r.ID + ".wav", Duration: time.Minute + 125*time.Microsecond, Size: 960_046,
		SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Channels: 1, SampleRate: 8000,
	}
}

func ids(list []*recording.Recording) []string {
	found := make([]string, len(list))
	for i, r := range list {
		found[i] = r.ID
	}
	return found
}
