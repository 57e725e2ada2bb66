package recording_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// reference is the external reference of the call with the leg; empty: there is no such call yet.
func (r *rig) reference(uniqueID string) string {
	call, err := r.store.Call(r.t.Context(), node, uniqueID)
	if err != nil {
		return ""
	}
	return call.ExternalReference
}

func (r *rig) refersTo(uniqueID, tag string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.reference(uniqueID) == tag }, eventually, tick)
}

func TestAmend(t *testing.T) {
	r := assemble(t, nil)
	rec := r.swept("1.1", "22")
	yes, tag := true, `a "b"`
	change := recording.Amendment{Control: by(rec.ID), Tag: &tag, Private: &yes, LegalHold: &yes}
	version := r.row(rec.ID).Version
	for range 2 { // the second time nothing changes, and nothing is written
		row, err := r.Amend(t.Context(), change)
		require.NoError(t, err)
		require.Equal(t, tag, row.Tag)
		require.True(t, row.Private && row.LegalHold)
		require.Equal(t, tag, r.reference("1.1"))
	}
	require.Equal(t, version+1, r.row(rec.ID).Version, "one update")
	for kind, detail := range map[recording.EventKind]string{
		recording.EventTag: `"22" to "a \"b\""`, recording.EventPrivate: "false to true", recording.EventLegalHold: "false to true",
	} {
		e := r.event(rec.ID, kind)
		require.Equal(t, detail, e.Detail)
		require.Equal(t, "ann 192.0.2.9", e.Actor+" "+e.Address)
	}
	for action, subject := range map[recording.Action]string{
		recording.ActionTag: "tag=" + tag, recording.ActionPrivate: "private=true", recording.ActionLegalHold: "legal_hold=true",
	} {
		require.Equal(t, []string{"ok"}, r.outcomes(action))
		require.Equal(t, "id="+rec.ID+" "+subject, r.audited(action)[0].Subject)
		require.Equal(t, rec.ID, r.audited(action)[0].RecordingID)
	}
	require.Equal(t, rec.ID, r.only().ID)
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeNoRecording)
}

func TestAmendRefuses(t *testing.T) {
	r := assemble(t, nil)
	rec := r.swept("1.1", "22")
	for _, tag := range []string{"", "a\nb", "\xff", strings.Repeat("x", 256)} {
		_, err := r.Amend(t.Context(), recording.Amendment{Control: by(rec.ID), Tag: &tag})
		fails(t, err, recording.CodeInvalid)
	}
	yes := true
	_, err := r.Amend(t.Context(), recording.Amendment{Control: by(unknownID), Private: &yes})
	fails(t, err, recording.CodeNoRecording)
	require.Equal(t, []string{"invalid", "invalid", "invalid", "invalid"}, r.outcomes(recording.ActionTag))
	require.Equal(t, []string{"no_recording"}, r.outcomes(recording.ActionPrivate))
	r.store.FailNext("Update", recording.ErrStoreDown)
	_, err = r.Amend(t.Context(), recording.Amendment{Control: by(rec.ID), Private: &yes})
	fails(t, err, recording.CodeDatabase)
	require.Len(t, r.audited(recording.ActionPrivate), 1)
	require.False(t, r.row(rec.ID).Private)
	tag, long := "", strings.Repeat("x", 5000)
	_, err = r.Amend(t.Context(), recording.Amendment{Control: by(long), Tag: &tag})
	fails(t, err, recording.CodeInvalid)
	entries := r.audited(recording.ActionTag)
	require.Empty(t, entries[len(entries)-1].RecordingID, "what cannot be an id is none")
}

func TestANewTagIsTheCallsUnlessALaterStartHasGivenAnother(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	first := r.started("410", "one")
	r.stopped("410")
	r.refersTo("1.1", "one")
	r.started("410", "two")
	r.refersTo("1.1", "two")
	tag := "changed"
	_, err := r.Amend(t.Context(), recording.Amendment{Control: by(first.ID), Tag: &tag})
	require.NoError(t, err)
	require.Equal(t, "two", r.reference("1.1"))
}

func TestANewTagWhileItsRecordingRuns(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "old")
	tag := "new"
	_, err := r.Amend(t.Context(), recording.Amendment{Control: by(rec.ID), Tag: &tag})
	require.NoError(t, err)
	r.refersTo("1.1", "new") // however the record of the call and the change overtake each other
	_, _, err = r.start("410", "old")
	fails(t, err, recording.CodeOtherTag)
	again, created, err := r.start("410", "new")
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, rec.ID, again.ID)
	r.hangUp("1.1")
	require.Equal(t, rec.ID, r.heard("new").ID)
}

// The tag changes while the record of the call is still being made with the old one.
func TestANewTagOvertakesTheRecordOfItsCall(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodLinkedID, Begun: begun, Until: until})
	rec := r.started("410", "old")
	<-begun
	tag := "new"
	_, err := r.Amend(t.Context(), recording.Amendment{Control: by(rec.ID), Tag: &tag})
	require.NoError(t, err)
	require.Empty(t, r.reference("1.1"))
	close(until)
	r.refersTo("1.1", "new")
}

func TestAReferenceThatCannotBeChangedIsMadeUpFor(t *testing.T) {
	r := assemble(t, nil)
	rec := r.swept("1.1", "old")
	r.store.FailNext("PutCall", recording.ErrStoreDown)
	tag := "new"
	_, err := r.Amend(t.Context(), recording.Amendment{Control: by(rec.ID), Tag: &tag})
	require.NoError(t, err, "the recording has its new tag")
	r.refersTo("1.1", "new")
}
