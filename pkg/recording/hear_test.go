package recording_test

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// rules let each username hear one extension; boss hears everything, private recordings too.
type rules map[string]string

func (u rules) MayHear(username, extension, _ string, private bool) bool {
	return username == "boss" || !private && u[username] == extension
}

func ruled(o *recording.Options) { o.Access = rules{"fred": "410", "crm": "410"} }

// heardBy tells what a user gets by the tag and by the id, which must be the same.
func (r *rig) heardBy(username string, rec *recording.Recording) recording.Code {
	r.t.Helper()
	byTag, tagErr := r.Retrieve(r.t.Context(), recording.RetrieveRequest{Tag: rec.Tag, Username: username})
	byID, idErr := r.Play(r.t.Context(), recording.PlayRequest{ID: rec.ID, Username: username})
	require.Equal(r.t, recording.CodeOf(tagErr), recording.CodeOf(idErr))
	for _, out := range []*recording.Retrieved{byTag, byID} {
		if out != nil {
			require.Equal(r.t, rec.ID, out.Recording.ID)
			require.NoError(r.t, out.Audio.Close())
		}
	}
	return recording.CodeOf(idErr)
}

// on makes a stored recording of an extension.
func (r *rig) on(extension, uniqueID, tag string) *recording.Recording {
	r.t.Helper()
	r.call(uniqueID, extension)
	rec := r.started(uniqueID, tag)
	r.hangUp(uniqueID)
	return r.becomes(rec.ID, recording.Available)
}

func TestWhoMayHearWhat(t *testing.T) {
	r := assemble(t, ruled)
	mine, others, secret, foreign := r.on("410", "1.1", "a"), r.on("411", "1.2", "b"), r.on("410", "1.3", "c"), r.on("411", "1.4", "d")
	for _, rec := range []*recording.Recording{secret, foreign} {
		r.edit(rec.ID, func(row *recording.Recording) { row.Private = true })
	}
	for _, c := range []struct {
		username string
		rec      *recording.Recording
		want     recording.Code
	}{
		{"fred", mine, ""}, {"fred", others, recording.CodeUserDenied},
		{"fred", secret, recording.CodePrivate},     // he could hear it if it were not private
		{"fred", foreign, recording.CodeUserDenied}, // he could not, so he does not learn that it is
		{"mallory", mine, recording.CodeUserDenied},
		{"boss", mine, ""}, {"boss", others, ""}, {"boss", secret, ""}, {"boss", foreign, ""},
	} {
		require.Equal(t, c.want, r.heardBy(c.username, c.rec), "%s %s", c.username, c.rec.Tag)
	}
}

func TestWithoutRulesPrivateRecordingsAreNobodys(t *testing.T) {
	r := assemble(t, nil)
	rec := r.on("410", "1.1", "a")
	require.Empty(t, r.heardBy("anybody", rec))
	r.edit(rec.ID, func(row *recording.Recording) { row.Private = true })
	require.Equal(t, recording.CodePrivate, r.heardBy("boss", rec))
}

// What a user may not hear is never passed over for an older one: it would be the wrong call.
func TestWhatMayNotBeHeardIsNotPassedOver(t *testing.T) {
	r := assemble(t, ruled)
	r.on("410", "1.1", "22")
	newer := r.on("411", "1.2", "22")
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeUserDenied)
	for _, private := range []bool{false, true} {
		r.edit(newer.ID, func(row *recording.Recording) {
			row.State, row.Private, row.Failure = recording.Failed, private, &recording.Failure{Code: recording.FailNoFile, Detail: "gone"}
		})
		_, err = r.retrieve("22")
		fails(t, err, recording.CodeUserDenied)
	}
	r.edit(newer.ID, func(row *recording.Recording) { row.Extension = "410" })
	_, err = r.retrieve("22")
	fails(t, err, recording.CodePrivate)
	r.edit(newer.ID, func(row *recording.Recording) { row.Private = false })
	require.NotEmpty(t, r.heard("22").ID, "one that failed is")
}

// The same where a uniqueid is a leg's and the linkedid of others.
func TestAPrivateLegIsNotPassedOverForAnotherOne(t *testing.T) {
	r := assemble(t, nil)
	broken, other := r.on("410", "1.1", "a"), r.on("411", "1.2", "b")
	r.edit(other.ID, func(row *recording.Recording) { row.LinkedID = "1.1" })
	r.edit(broken.ID, func(row *recording.Recording) {
		row.State, row.Failure = recording.Failed, &recording.Failure{Code: recording.FailNoFile, Detail: "gone"}
	})
	byCall := recording.RetrieveRequest{UniqueID: "1.1", Username: "fred"}
	out, err := r.Retrieve(t.Context(), byCall)
	require.NoError(t, err)
	require.Equal(t, other.ID, out.Recording.ID)
	require.NoError(t, out.Audio.Close())
	r.edit(broken.ID, func(row *recording.Recording) { row.Private = true })
	_, err = r.Retrieve(t.Context(), byCall)
	fails(t, err, recording.CodePrivate)
}

func TestPlay(t *testing.T) {
	r := assemble(t, ruled)
	rec := r.on("410", "1.1", "22")
	out, err := r.Play(t.Context(), recording.PlayRequest{ID: rec.ID, By: recording.Actor{Name: "crm"}})
	require.NoError(t, err, "the credential's name counts where no username is given")
	require.Equal(t, 1, out.Count)
	require.IsType(t, &os.File{}, out.Audio, "the doors send a file without copying it")
	content, err := io.ReadAll(out.Audio)
	require.NoError(t, err)
	require.NoError(t, out.Audio.Close())
	require.Len(t, content, int(rec.Audio.Size))
	_, err = r.Play(t.Context(), recording.PlayRequest{ID: rec.ID, Username: "mallory", By: recording.Actor{Name: "crm"}})
	require.Equal(t, rec.ID, failure(t, err, recording.CodeUserDenied).RecordingID)
	_, err = r.Play(t.Context(), recording.PlayRequest{ID: rec.ID, Username: "a\nb"})
	fails(t, err, recording.CodeInvalid)
	for _, id := range []string{unknownID, "", "../x"} {
		_, err = r.Play(t.Context(), recording.PlayRequest{ID: id})
		fails(t, err, recording.CodeNoRecording)
	}
	entries := r.audited(recording.ActionPlay)
	require.Equal(t, []string{"ok", "user_not_allowed", "invalid", "no_recording", "no_recording", "no_recording"}, r.outcomes(recording.ActionPlay))
	require.Equal(t, "crm id="+rec.ID+" "+rec.ID, entries[0].Actor.Name+" "+entries[0].Subject+" "+entries[0].RecordingID)
	require.Equal(t, "mallory "+rec.ID, entries[1].Username+" "+entries[1].RecordingID)
}

func TestNothingIsPlayedWithoutAnAuditRow(t *testing.T) {
	r := assemble(t, nil)
	rec := r.on("410", "1.1", "22")
	r.store.FailNext("Audit", recording.ErrStoreDown)
	fails(t, r.playing(rec.ID), recording.CodeDatabase)
	require.NoError(t, r.playing(rec.ID))
}

func TestPlayOfWhatCannotBeHeardYet(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	fails(t, r.playing(rec.ID), recording.CodeInProgress)
	require.NoError(t, pausing(r, rec.ID))
	fails(t, r.playing(rec.ID), recording.CodeInProgress)
	r.hangUp("1.1")
	require.NoError(t, r.playing(rec.ID), "just after the call it waits")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrRefused})
	r.call("1.2", "411")
	_, _, err := r.start("411", "23")
	fails(t, err, recording.CodeAsterisk)
	failed, err := r.store.Find(t.Context(), recording.Filter{Tag: "23"})
	require.NoError(t, err)
	fails(t, r.playing(failed[0].ID), recording.CodeFailed)
}

// The trail must not say that somebody heard what was never sent.
func TestAFileThatIsNotWhatWasArchivedIsNotHandedOut(t *testing.T) {
	r := assemble(t, nil)
	rec := r.on("410", "1.1", "22")
	play := func(part bool) error {
		out, err := r.Play(t.Context(), recording.PlayRequest{ID: rec.ID, By: recording.Actor{Name: "crm"}, Part: part})
		if err == nil {
			require.NoError(t, out.Audio.Close())
		}
		return err
	}
	require.NoError(t, play(false))
	r.edit(rec.ID, func(row *recording.Recording) { row.Audio.Size++ })
	_, err := r.retrieve("22")
	refused := failure(t, err, recording.CodeStorage)
	require.Equal(t, rec.ID, refused.RecordingID)
	require.Equal(t, 2*time.Second, refused.RetryAfter)
	require.ErrorContains(t, refused.Err, fmt.Sprintf("%d bytes, not the %d", rec.Audio.Size, rec.Audio.Size+1))
	fails(t, play(false), recording.CodeStorage)
	fails(t, play(true), recording.CodeStorage)
	require.Equal(t, []string{"storage_unavailable"}, r.outcomes(recording.ActionRetrieve))
	require.Equal(t, []string{"ok", "storage_unavailable", "storage_unavailable"}, r.outcomes(recording.ActionPlay))
	require.Len(t, r.files.opened, 4)
	for _, file := range r.files.opened {
		require.ErrorIs(t, file.Close(), os.ErrClosed)
	}
}

// Malformed requests are refused and written down, too.
func TestARetrieveOfNonsenseIsInTheTrail(t *testing.T) {
	r := assemble(t, nil)
	_, err := r.Retrieve(t.Context(), recording.RetrieveRequest{Tag: "a\nb", Username: "fred", By: ann})
	fails(t, err, recording.CodeInvalid)
	e := r.audited(recording.ActionRetrieve)[0]
	require.Equal(t, "fred tag=a\ufffdb invalid", e.Username+" "+e.Subject+" "+e.Outcome)
}

// A player that seeks asks for part after part; each listener is in the trail once, and refusals always.
func TestPartsOfAFileAreOnePlay(t *testing.T) {
	r := assemble(t, ruled)
	rec := r.on("410", "1.1", "22")
	part := func(by string) error {
		out, err := r.Play(t.Context(), recording.PlayRequest{ID: rec.ID, By: recording.Actor{Name: by, Address: "192.0.2.1"}, Part: true})
		if err == nil {
			require.NoError(t, out.Audio.Close())
		}
		return err
	}
	for range 3 {
		require.NoError(t, part("crm"))
		require.NoError(t, part("fred"))
	}
	require.Equal(t, []string{"ok", "ok"}, r.outcomes(recording.ActionPlay))
	out, err := r.Play(t.Context(), recording.PlayRequest{ID: rec.ID, By: recording.Actor{Name: "crm", Address: "192.0.2.1"}})
	require.NoError(t, err)
	require.NoError(t, out.Audio.Close())
	require.Len(t, r.outcomes(recording.ActionPlay), 3, "the whole file is a play of its own")
	r.edit(rec.ID, func(row *recording.Recording) { row.DeletedAt = time.Now() })
	fails(t, part("crm"), recording.CodeDeleted)
	fails(t, part("crm"), recording.CodeDeleted)
	require.Len(t, r.outcomes(recording.ActionPlay), 5)
}
