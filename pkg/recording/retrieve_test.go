package recording_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

const (
	eventually = 10 * time.Second
	tick       = 2 * time.Millisecond
)

// recorded makes a recording of a call of its own that has ended.
func (r *rig) recorded(uniqueID, tag string) *recording.Recording {
	r.t.Helper()
	r.call(uniqueID, "x"+uniqueID)
	rec := r.started(uniqueID, tag)
	r.hangUp(uniqueID)
	return r.becomes(rec.ID, recording.Available)
}

// edit changes a row behind the service's back.
func (r *rig) edit(id string, change func(*recording.Recording)) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		row, err := r.store.Get(r.t.Context(), id)
		require.NoError(r.t, err)
		change(row)
		return r.store.Update(r.t.Context(), row) == nil
	}, eventually, tick)
}

func TestRetrieveJustAfterTheCall(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeInProgress)
	r.hangUp("1.1")
	require.Equal(t, rec.ID, r.heard("22").ID)
}

func TestRetrieveTheNewest(t *testing.T) {
	r := assemble(t, nil)
	r.recorded("1.1", "22")
	second := r.recorded("1.2", "22")
	r.edit(second.ID, func(row *recording.Recording) { row.CreatedAt = row.CreatedAt.Add(-time.Hour) })
	require.Equal(t, second.ID, r.heard("22").ID, "by order of creation, not by the clock")
	out, err := r.retrieve("22")
	require.NoError(t, err)
	require.NoError(t, out.Audio.Close())
	require.Equal(t, 2, out.Count)
	_, err = r.retrieve("222")
	fails(t, err, recording.CodeNoRecording)
}

func TestRetrievePassesOverDeletedAndFailedOnes(t *testing.T) {
	r := assemble(t, nil)
	old := r.recorded("1.1", "22")
	broken := r.recorded("1.2", "22")
	deleted := r.recorded("1.3", "22")
	r.edit(deleted.ID, func(row *recording.Recording) { row.DeletedAt = time.Now() })
	r.edit(broken.ID, func(row *recording.Recording) {
		row.State, row.Failure = recording.Failed, &recording.Failure{Code: recording.FailNoFile, Detail: "the disk was full"}
	})
	require.Equal(t, old.ID, r.heard("22").ID)
	r.edit(old.ID, func(row *recording.Recording) { row.DeletedAt = time.Now() })
	_, err := r.retrieve("22")
	require.Contains(t, failure(t, err, recording.CodeFailed).Detail, "the disk was full")
	r.edit(broken.ID, func(row *recording.Recording) { row.DeletedAt = time.Now() })
	_, err = r.retrieve("22")
	fails(t, err, recording.CodeDeleted)
}

func TestRetrieveNeverPassesOverPrivateAndRunningOnes(t *testing.T) {
	r := assemble(t, nil)
	r.recorded("1.1", "22")
	r.call("1.2", "410")
	running := r.started("410", "22")
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeInProgress)
	r.edit(running.ID, func(row *recording.Recording) { row.Private = true })
	_, err = r.retrieve("22")
	fails(t, err, recording.CodePrivate)
}

func TestRetrieveOverManyDeletedOnes(t *testing.T) {
	r := assemble(t, nil)
	old := r.recorded("1.0", "22")
	for i := range 45 {
		rec := r.recorded(fmt.Sprintf("2.%d", i), "22")
		r.edit(rec.ID, func(row *recording.Recording) { row.DeletedAt = time.Now() })
	}
	require.Equal(t, old.ID, r.heard("22").ID)
}

func TestRetrieveByUniqueID(t *testing.T) {
	r := assemble(t, nil)
	one := r.recorded("1.1", "one")
	require.Eventually(t, func() bool { return r.becomes(one.ID, recording.Available).LinkedID != "" }, eventually, tick)
	for _, id := range []string{"1.1", "L1.1"} {
		out, err := r.Retrieve(t.Context(), recording.RetrieveRequest{UniqueID: id, Username: "fred"})
		require.NoError(t, err)
		require.NoError(t, out.Audio.Close())
		require.Equal(t, one.ID, out.Recording.ID)
	}
	_, err := r.Retrieve(t.Context(), recording.RetrieveRequest{UniqueID: "9.9", Username: "fred"})
	fails(t, err, recording.CodeNoRecording)
}

func TestRetrieveDuringTheCall(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		r := assemble(t, func(o *recording.Options) { o.RetrieveDuringCall = allowed })
		r.call("1.1", "410")
		rec := r.started("410", "22")
		_, err := r.retrieve("22")
		fails(t, err, recording.CodeInProgress)
		r.stopped("410")
		r.becomes(rec.ID, recording.Available)
		if allowed {
			require.Equal(t, rec.ID, r.heard("22").ID)
			continue
		}
		_, err = r.retrieve("22")
		fails(t, err, recording.CodeInProgress)
	}
}

func TestRetrieveWhileAsteriskIsAway(t *testing.T) {
	r := assemble(t, nil)
	ended := r.recorded("1.1", "ended")
	require.Eventually(t, func() bool { return !r.becomes(ended.ID, recording.Available).CallEndedAt.IsZero() }, eventually, tick)
	r.call("1.2", "410")
	r.started("410", "unknown")
	r.stopped("410")
	r.index.SetReady(node, false)
	r.index.Replace(node, nil, nil)
	require.Equal(t, ended.ID, r.heard("ended").ID, "the call is known to have ended")
	_, err := r.retrieve("unknown")
	fails(t, err, recording.CodeAsterisk)
}

func TestRetrieveOfWhatCannotBeStoredYet(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Err: recording.ErrSwitchDown, Times: -1})
	r.started("410", "22")
	r.hangUp("1.1")
	began := time.Now()
	_, err := r.retrieve("22")
	require.NotZero(t, failure(t, err, recording.CodeNotStored).RetryAfter)
	require.InDelta(t, 5, time.Since(began).Seconds(), 1, "it waits up to 5 s")
}

func TestEveryUseIsAudited(t *testing.T) {
	r := assemble(t, nil)
	rec := r.recorded("1.1", "22")
	r.heard("22")
	_, err := r.retrieve("none")
	fails(t, err, recording.CodeNoRecording)
	r.edit(rec.ID, func(row *recording.Recording) { row.Private = true })
	_, err = r.retrieve("22")
	fails(t, err, recording.CodePrivate)
	var outcomes []string
	for _, e := range r.audited(recording.ActionRetrieve) {
		require.Equal(t, "fred", e.Username)
		require.Equal(t, "192.0.2.7", e.Actor.Address)
		outcomes = append(outcomes, e.Subject+" "+e.Outcome+" "+e.RecordingID)
	}
	require.Equal(t, []string{"tag=22 ok " + rec.ID, "tag=none no_recording ", "tag=22 private " + rec.ID}, outcomes)
}

func TestNoAudioWithoutAnAuditRow(t *testing.T) {
	r := assemble(t, nil)
	r.recorded("1.1", "22")
	r.store.FailNext("Audit", recording.ErrStoreDown)
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeDatabase)
	r.heard("22")
}

func TestRetrieveOfNonsense(t *testing.T) {
	r := assemble(t, nil)
	for _, req := range []recording.RetrieveRequest{
		{}, {Tag: "22"}, {Username: "fred"}, {Tag: "a\nb", Username: "fred"}, {UniqueID: "a\x00", Username: "fred"}, {Tag: "22", Username: "f\x01"},
	} {
		_, err := r.Retrieve(t.Context(), req)
		fails(t, err, recording.CodeInvalid)
	}
}
