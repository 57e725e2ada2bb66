package recording_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// beside runs a second instance on the same database, Asterisk and archive.
func (r *rig) beside() *recording.Service {
	options := r.Options
	options.Instance = "two"
	two := recording.New(options, r.store, r.phones, r.files, r.index)
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	loops.Go(func() { two.Run(ctx) })
	r.t.Cleanup(func() { cancel(); loops.Wait() })
	return two
}

func TestAStopWaitsForAnotherInstancesStart(t *testing.T) {
	for _, step := range []recordingtest.Method{recordingtest.MethodSnoop, recordingtest.MethodRecord} {
		t.Run(string(step), func(t *testing.T) {
			r := assemble(t, nil)
			two := r.beside()
			r.call("1.1", "410")
			begun, until := make(chan struct{}, 1), make(chan struct{})
			r.phones.Inject(recordingtest.Fault{Method: step, Begun: begun, Until: until})
			start := make(chan error, 1)
			go func() { _, _, err := r.start("410", "22"); start <- err }()
			<-begun
			require.Eventually(t, func() bool { n, err := r.store.Count(t.Context(), recording.Filter{}); return err == nil && n == 1 }, eventually, tick)
			stop := make(chan error, 1)
			go func() { _, err := two.Stop(t.Context(), recording.StopRequest{Channel: "410"}); stop <- err }()
			aMoment()
			require.Empty(t, stop)
			close(until)
			require.NoError(t, <-start)
			require.NoError(t, <-stop)
			require.Empty(t, r.phones.Snoops(node), "nobody goes on listening")
			r.becomes(r.only().ID, recording.Available)
		})
	}
}

// An instance that was out of touch for longer than its lease: another one has buried what it is about to begin.
func TestWhatWasEndedDuringItsStartDoesNotGoOn(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Begun: begun, Until: until})
	start := make(chan error, 1)
	go func() { _, _, err := r.start("410", "22"); start <- err }()
	<-begun
	id := r.becomes(r.only().ID, recording.Starting).ID
	r.edit(id, func(row *recording.Recording) {
		row.State, row.Owner, row.Failure = recording.Failed, "", &recording.Failure{Code: recording.FailInterrupt}
	})
	close(until)
	require.NoError(t, <-start)
	require.Eventually(t, func() bool { return len(r.phones.Snoops(node)) == 0 }, time.Second, tick)
}

// The start was answered, its commit has failed, and somebody else is asked to stop it.
func TestAStopByAnotherInstanceAfterACommitThatFailed(t *testing.T) {
	r := assemble(t, nil)
	two := r.beside()
	r.call("1.1", "410")
	r.store.FailNext("Update", recording.ErrStoreDown)
	rec, _, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	for range 2 {
		stopped, err := two.Stop(t.Context(), recording.StopRequest{Channel: "410"})
		require.NoError(t, err)
		require.Equal(t, rec.ID, stopped.ID)
		require.False(t, stopped.StartedAt.IsZero())
	}
	require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionStart))
	again, created, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	require.True(t, created)
	require.Equal(t, rec.ID, again.ID)
}

// slowPauses is a database that takes its time to note a pause.
type slowPauses struct {
	recording.Store
	begun chan<- struct{}
	until <-chan struct{}
}

func (s slowPauses) Update(ctx context.Context, r *recording.Recording, events ...recording.Event) error {
	if r.State == recording.Paused {
		select {
		case s.begun <- struct{}{}:
		default:
		}
		<-s.until
	}
	return s.Store.Update(ctx, r, events...)
}

// One instance has paused it and not written it down yet, when another one resumes what the row says is running.
func TestPauseAndResumeMeetOnTwoInstances(t *testing.T) {
	r := assemble(t, nil)
	two := r.beside()
	r.call("1.1", "410")
	rec := r.quiet(r.started("410", "22"))
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.swap("one", slowPauses{r.store, begun, until})
	paused := make(chan error, 1)
	go func() { paused <- pausing(r, rec.ID) }()
	<-begun
	resumed, err := two.Resume(t.Context(), by(rec.ID))
	require.NoError(t, err)
	require.Equal(t, recording.Active, resumed.State)
	close(until)
	require.NoError(t, <-paused)
	require.Equal(t, recording.Paused, r.row(rec.ID).State)
	require.Equal(t, recording.LivePaused, r.live(rec.ID), "the later one holds, in the row as in Asterisk")
	require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionPause))
	require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionResume))
}
