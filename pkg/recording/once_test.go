package recording_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// startOnce starts with an idempotency key; the request is told by channel and tag, as the doors do.
func (r *rig) startOnce(key, channel, tag string) (*recording.Recording, bool, error) {
	return r.Start(r.t.Context(), recording.StartRequest{
		Channel: channel, Tag: tag, By: recording.Actor{Name: "crm"}, Once: recording.Once{Key: key, Request: channel + " " + tag},
	})
}

func TestARepeatedStartGetsItsAnswerAgain(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	first, created, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	require.True(t, created)
	aMoment()
	for _, later := range []func(){func() {}, func() { r.hangUp("1.1") }, func() { r.restart("one") }} {
		later()
		again, created, err := r.startOnce("k", "410", "22")
		require.NoError(t, err, "although the call has ended meanwhile")
		require.True(t, created, "the answer is the same")
		require.Equal(t, first.ID, again.ID)
	}
	_, _, err = r.startOnce("k", "410", "23")
	fails(t, err, recording.CodeKeyReused)
	_, _, err = r.startOnce("other", "410", "22")
	fails(t, err, recording.CodeNoChannel)
	r.becomes(r.only().ID, recording.Available)
	require.Equal(t, []string{"ok", "ok", "ok", "ok", "key_reused", "no_channel"}, r.outcomes(recording.ActionStart))
}

func TestAKeyIsItsCallers(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("1.2", "411")
	_, _, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	_, created, err := r.Start(t.Context(), recording.StartRequest{
		Channel: "411", Tag: "23", By: recording.Actor{Name: "other"}, Once: recording.Once{Key: "k", Request: "x"},
	})
	require.NoError(t, err)
	require.True(t, created)
}

func TestAKeyIsForgottenAfterADay(t *testing.T) {
	var later atomic.Bool // the service reads its clock in the background, too
	r := assemble(t, func(o *recording.Options) {
		o.Now = func() time.Time {
			if later.Load() {
				return time.Now().Add(recording.KeyLife + time.Second)
			}
			return time.Now()
		}
	})
	r.call("1.1", "410")
	first, _, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	aMoment()
	r.stopped("410")
	r.becomes(first.ID, recording.Available)
	later.Store(true)
	second, created, err := r.startOnce("k", "410", "23")
	require.NoError(t, err, "for another request, too")
	require.True(t, created)
	require.NotEqual(t, first.ID, second.ID)
}

func TestAKeyOfWhatRunsAlready(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	for range 2 {
		found, created, err := r.startOnce("k", "410", "22")
		require.NoError(t, err)
		require.False(t, created)
		require.Equal(t, rec.ID, found.ID)
		r.hangUp("1.1")
	}
}

func TestAKeyOfAStartThatFailedIsFree(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	for range 2 { // void twice
		r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrRefused})
		_, _, err := r.startOnce("k", "410", "22")
		fails(t, err, recording.CodeAsterisk)
	}
	rec, created, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	require.True(t, created)
	again, _, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	require.Equal(t, rec.ID, again.ID)

	r.call("1.2", "411")
	_, _, err = r.startOnce("k2", "999", "22")
	fails(t, err, recording.CodeNoChannel)
	_, _, err = r.startOnce("k2", "411", "22")
	require.NoError(t, err, "a start that made no row has used no key")
}

func TestTwentyStartsWithOneKey(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			rec, created, err := r.startOnce("k", "410", "22")
			require.NoError(t, err)
			require.True(t, created, "all get the answer of the one that made it")
			require.Equal(t, r.only().ID, rec.ID)
		})
	}
	all.Wait()
}

// Two requests take the same key for different calls at the same moment: one is refused, and leaves nothing.
func TestOneKeyForTwoCallsAtOnce(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("1.2", "411")
	begun, until := make(chan struct{}, 2), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Times: 2, Begun: begun, Until: until})
	errs := make(chan error, 2)
	for _, channel := range []string{"410", "411"} {
		go func() {
			_, _, err := r.startOnce("k", channel, "22")
			errs <- err
		}()
	}
	<-begun // the other one is refused before it comes so far
	close(until)
	got := []recording.Code{recording.CodeOf(<-errs), recording.CodeOf(<-errs)}
	require.ElementsMatch(t, []recording.Code{"", recording.CodeKeyReused}, got)
	require.Len(t, r.phones.Snoops(node), 1)
	r.only()
	require.Equal(t, 1, r.Stats().Active)
}

// A start without a key waits for one that turns out to have lost its key: that is no outcome for it.
func TestAStartThatLosesItsKeyHoldsUpNoOther(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.store.FailNext("CreateOnce", recording.ErrKeyUsed)
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodSnoop, Begun: begun, Until: until})
	var both sync.WaitGroup
	both.Go(func() {
		_, _, err := r.startOnce("k", "410", "22")
		require.NoError(t, err, "it looks again, and the key is free after all")
	})
	<-begun
	both.Go(func() { _, _, err := r.start("410", "22"); require.NoError(t, err) })
	aMoment()
	close(until)
	both.Wait()
	require.Len(t, r.phones.Snoops(node), 1)
}

func TestARepeatedStartWaitsForTheFirst(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Begun: begun, Until: until})
	ids := make(chan string, 2)
	start := func() {
		rec, created, err := r.startOnce("k", "410", "22")
		require.NoError(t, err)
		require.True(t, created)
		require.Equal(t, recording.Active, rec.State)
		ids <- rec.ID
	}
	go start()
	<-begun
	r.becomes(r.only().ID, recording.Starting)
	go start()
	aMoment()
	require.Empty(t, ids)
	close(until)
	require.Equal(t, <-ids, <-ids)
}

func TestKeysAndTheDatabase(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	for _, method := range []string{"KeyUse", "CreateOnce"} {
		r.store.FailNext(method, recording.ErrStoreDown)
		_, _, err := r.startOnce("k", "410", "22")
		require.NotZero(t, failure(t, err, recording.CodeDatabase).RetryAfter, method)
		require.Empty(t, r.phones.Snoops(node))
	}
	r.store.LoseAnswer("CreateOnce")
	rec, created, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	require.True(t, created)
	r.store.FailNext("PutKeyUse", recording.ErrStoreDown)
	_, _, err = r.startOnce("k2", "410", "22")
	fails(t, err, recording.CodeDatabase)
	again, created, err := r.startOnce("k2", "410", "22")
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, rec.ID, again.ID)
	r.store.FailNext("KeyUse", errors.New("boom"))
	_, _, err = r.startOnce("k", "410", "22")
	fails(t, err, recording.CodeInternal)
}

func TestKeysOfNonsense(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	for _, key := range []string{strings.Repeat("k", 256), "a\nb", "é", "\x7f", "\xff"} {
		_, _, err := r.startOnce(key, "410", "22")
		fails(t, err, recording.CodeInvalid)
	}
	_, _, err := r.startOnce(strings.Repeat("~", 255), "410", "22")
	require.NoError(t, err)
}

// Asterisk is away for so long that not even the hang-up is taken, but it has recorded. Who was told that nothing was started
// must not be told later that it was.
func TestAKeyOfAStartThatWasRefusedIsFreeWhateverRemains(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Err: recording.ErrSwitchDown})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodEnd, Err: recording.ErrSwitchDown})
	_, _, err := r.startOnce("k", "410", "22")
	fails(t, err, recording.CodeAsterisk)
	remains := r.becomes(r.only().ID, recording.Available)
	require.True(t, remains.StartedAt.IsZero())
	require.Equal(t, remains.ID, r.stopped("410").ID, "a stop finds it, for it can be heard")

	rec, created, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	require.True(t, created)
	require.NotEqual(t, remains.ID, rec.ID)
	require.Len(t, r.phones.Snoops(node), 1)
	require.Equal(t, []string{"asterisk_unavailable", "ok"}, r.outcomes(recording.ActionStart))
}
