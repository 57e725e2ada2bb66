package recording_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// kill ends the service as a crash would: it lets go of nothing.
func (r *rig) kill() {
	r.t.Helper()
	r.store.FailNext("Release", recording.ErrStoreDown)
	r.stop()
}

func (r *rig) belongsTo(id, owner string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.row(id).Owner == owner }, eventually, tick, "%s never owned it", owner)
}

func TestWhatADeadInstanceLeavesIsTakenOverOnceItsLeaseHasRunOut(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("2.1", "411")
	runs, ends := r.started("410", "22"), r.started("411", "23")
	r.kill()
	two := r.beside()
	r.hangUp("2.1")
	aMoment()
	require.Equal(t, "one", r.row(runs.ID).Owner, "its lease still lasts")
	require.NoError(t, r.store.ExpireLeases(t.Context()))
	r.belongsTo(runs.ID, "two")
	r.becomes(ends.ID, recording.Available)
	require.Equal(t, 1, two.Stats().Active)
	require.Contains(t, r.event(runs.ID, recording.EventAdopted).Detail, "two")
}

func TestAnInstanceThatStopsHandsOverAtOnce(t *testing.T) {
	r := assemble(t, nil)
	r.beside()
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.stop()
	r.belongsTo(rec.ID, "two")
	require.Equal(t, recording.LiveRecording, r.live(rec.ID), "Asterisk goes on recording")
}

// The row is that of a start that was cut off by the death of its instance.
func TestAStopOfADeadInstancesStartWaitsForItsLeaseAtMost(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.quiet(r.started("410", "22"))
	r.kill()
	r.edit(rec.ID, func(row *recording.Recording) { row.State, row.StartedAt = recording.Starting, time.Time{} })
	two := r.beside()
	stopped := make(chan error, 1)
	go func() {
		got, err := two.Stop(t.Context(), recording.StopRequest{Channel: "410"})
		if err == nil && got.ID != rec.ID {
			t.Errorf("another recording was stopped: %s", got.ID)
		}
		stopped <- err
	}()
	aMoment()
	require.Empty(t, stopped)
	require.NoError(t, r.store.ExpireLeases(t.Context()))
	require.NoError(t, <-stopped)
	require.Empty(t, r.phones.Snoops(node))
	r.becomes(rec.ID, recording.Available)
}
