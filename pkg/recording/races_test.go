package recording_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// A start under way takes two of the places that max_active allows.
func TestMaxActiveCountsAStartOnce(t *testing.T) {
	r := assemble(t, func(o *recording.Options) { o.MaxActive = 2 })
	r.call("1.1", "410")
	r.call("1.2", "411")
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Begun: begun, Until: goOn})
	var w sync.WaitGroup
	w.Go(func() { _, _, err := r.start("410", "a"); require.NoError(t, err) })
	<-begun
	_, _, err := r.start("411", "b")
	close(goOn)
	w.Wait()
	require.NoError(t, err, "two may run, and one does")
}

// A second instance stops and files the recording while this one reconciles it.
func TestReconcileDoesNotUndoWhatAnotherInstanceDid(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.becomes(rec.ID, recording.Active)
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodLive, Begun: begun, Until: goOn})
	r.phones.Resync(node)
	<-begun
	// the other instance: stop, file, delete Asterisk's copy
	row, err := r.store.Get(t.Context(), rec.ID)
	require.NoError(t, err)
	row.State, row.Owner, row.EndedAt = recording.Stopping, "two", time.Now()
	require.NoError(t, r.store.Update(t.Context(), row))
	name := recording.TrackName(application, rec.ID, 0)
	require.NoError(t, r.phones.End(t.Context(), node, name))
	row.State = recording.Archiving
	require.NoError(t, r.store.Update(t.Context(), row))
	row.State, row.Owner = recording.Available, ""
	row.Audio = &recording.Audio{Key: "elsewhere.wav", Duration: time.Second, Size: 1, SHA256: "00"}
	require.NoError(t, r.store.Update(t.Context(), row))
	require.NoError(t, r.phones.Discard(t.Context(), node, name))
	close(goOn)
	<-time.After(500 * time.Millisecond)
	row, err = r.store.Get(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, recording.Available, row.State, "%+v %v", row.Failure, r.timeline(rec.ID))
}

// The database is away for a moment just when the record of the call is to be written.
func TestTheCallRecordIsWrittenInTheEnd(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.store.FailNext("PutCall", recording.ErrStoreDown)
	rec := r.started("410", "22")
	r.becomes(rec.ID, recording.Active)
	<-time.After(100 * time.Millisecond)
	r.phones.Resync(node)
	<-time.After(600 * time.Millisecond)
	_, err := r.store.Call(t.Context(), node, "1.1")
	require.NoError(t, err)
}

// One row that cannot be settled keeps no other from being settled.
func TestOneStuckRowHoldsUpNoOther(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("1.2", "411")
	a := r.started("410", "a")
	b := r.started("411", "b")
	r.becomes(a.ID, recording.Active)
	r.becomes(b.ID, recording.Active)
	r.stop()
	r.hangUp("1.1")
	r.hangUp("1.2")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Name: recording.TrackName(application, a.ID, 0), Times: -1, Err: errors.New("permission denied")})
	r.restart("one")
	require.Eventually(t, func() bool {
		x, err := r.store.Get(t.Context(), b.ID)
		return err == nil && x.State == recording.Available
	}, 3*time.Second, 10*time.Millisecond)
}

// A snoop channel that could not be hung up goes as soon as Asterisk answers again.
func TestAnOrphanedSnoopIsHungUpLater(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrSwitchDown, Works: true})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodEnd, Err: recording.ErrSwitchDown})
	_, _, err := r.start("410", "22")
	require.Error(t, err)
	r.phones.Resync(node)
	require.Eventually(t, func() bool { return len(r.phones.Snoops(node)) == 0 }, 3*time.Second, 10*time.Millisecond, "the recording that nobody knows goes on")
}

func TestRecordMeetsAHangUp(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Begun: begun, Until: goOn})
	go func() { <-begun; r.hangUp("1.1"); close(goOn) }()
	_, _, err := r.start("1.1", "22")
	fails(t, err, recording.CodeNoChannel)
}

// Another instance ended the recording while this one heard nothing.
func TestAPlaceIsGivenBackWhateverEndedTheRecording(t *testing.T) {
	r := assemble(t, func(o *recording.Options) { o.MaxActive = 1 })
	r.call("1.1", "410")
	r.call("1.2", "411")
	rec := r.started("410", "22")
	r.becomes(rec.ID, recording.Active)
	<-time.After(100 * time.Millisecond)
	row, err := r.store.Get(t.Context(), rec.ID)
	require.NoError(t, err)
	row.State, row.Owner = recording.Archiving, "two"
	require.NoError(t, r.store.Update(t.Context(), row))
	row.State, row.Owner, row.Audio = recording.Available, "", &recording.Audio{Key: "k", Duration: time.Second, Size: 1}
	require.NoError(t, r.store.Update(t.Context(), row))
	r.phones.Resync(node)
	<-time.After(time.Second)
	require.Zero(t, r.Stats().Active)
}

// Another instance stops (200) a recording that this one is starting.
func TestAbandonDoesNotFailWhatAnotherInstanceHasStopped(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Works: true, Err: recording.ErrEndedAtOnce, Begun: begun, Until: goOn})
	var w sync.WaitGroup
	w.Go(func() { _, _, err := r.start("410", "22"); t.Log(err) })
	<-begun
	row := r.only()
	row.State, row.Owner, row.StartedAt = recording.Stopping, "two", time.Now()
	require.NoError(t, r.store.Update(t.Context(), row))
	row.State = recording.Archiving
	require.NoError(t, r.store.Update(t.Context(), row)) // instance two answers its stop with 200 now
	close(goOn)
	w.Wait()
	require.Equal(t, recording.Archiving, r.only().State, "%v", r.only().Failure)
}

func TestByUniqueIDPassesOverAFailedLeg(t *testing.T) {
	r := assemble(t, nil)
	r.phones.AddChannel(node, "1.1", "1.1")
	r.call("1.1", "411")
	r.call("1.2", "410")
	r.phones.AddChannel(node, "1.2", "1.1")
	good := r.started("1.2", "good")
	<-time.After(100 * time.Millisecond)
	r.stopped("1.2")
	r.becomes(good.ID, recording.Available)
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrRefused})
	_, _, err := r.start("1.1", "bad")
	require.Error(t, err)
	r.hangUp("1.1")
	r.hangUp("1.2")
	<-time.After(300 * time.Millisecond)
	out, err := r.Retrieve(t.Context(), recording.RetrieveRequest{UniqueID: "1.1", Username: "u"})
	require.NoError(t, err)
	require.Equal(t, good.ID, out.Recording.ID)
}
