package recording_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func TestStartsAndStopsAreInTheAuditTrail(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	_, _, err := r.start("410", "22")
	require.NoError(t, err)
	_, _, err = r.start("410", "23")
	fails(t, err, recording.CodeOtherTag)
	_, _, err = r.start("999", "22")
	fails(t, err, recording.CodeNoChannel)
	_, _, err = r.start("410", strings.Repeat("\n", 100_000))
	fails(t, err, recording.CodeInvalid)
	r.stopped("410")
	r.stopped("410")
	fails(t, r.stopping("999"), recording.CodeNoChannel)

	entries := r.audited(recording.ActionStart)
	require.Len(t, entries, 5, "each once")
	var starts []string
	for _, e := range entries[:4] {
		require.Equal(t, "crm", e.Actor.Name)
		require.Equal(t, "192.0.2.1", e.Actor.Address)
		starts = append(starts, e.Subject+" "+e.Outcome+" "+e.RecordingID)
	}
	require.ElementsMatch(t, []string{ // the first one's is written beside the answer, the others' behind it
		"channel=410 tag=22 ok " + rec.ID, "channel=410 tag=22 ok " + rec.ID,
		"channel=410 tag=23 other_tag ", "channel=999 tag=22 no_channel ",
	}, starts)
	require.LessOrEqual(t, utf8.RuneCountInString(entries[4].Subject), 1024, "bounded, whatever was asked")
	require.NotContains(t, entries[4].Subject, "\n")
	var stops []string
	for _, e := range r.audited(recording.ActionStop) {
		stops = append(stops, e.Subject+" "+e.Outcome+" "+e.RecordingID)
	}
	require.Equal(t, []string{"channel=410 ok " + rec.ID, "channel=410 ok " + rec.ID, "channel=999 no_channel "}, stops)
}

// A start's entry is committed with its state; if the process dies in between, whoever takes it back writes it.
func TestTheAuditTrailOfAStartThatWasCutOff(t *testing.T) {
	for name, after := range map[string]func(*rig){
		"it goes on":   func(*rig) {},
		"it has ended": func(r *rig) { r.hangUp("1.1") },
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			for range 5 {
				r.store.FailNext("Update", recording.ErrStoreDown)
			}
			rec := r.started("410", "22")
			r.stop()
			after(r)
			r.restart("one")
			require.Eventually(t, func() bool { return r.row(rec.ID).State != recording.Starting }, eventually, tick)
			require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionStart))
			require.Equal(t, "crm", r.audited(recording.ActionStart)[0].Actor.Name)
		})
	}
}

// The commit of its state fails, and it is stopped before anybody takes it back.
func TestTheAuditTrailOfAStartThatIsStoppedAtOnce(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.store.FailNext("Update", recording.ErrStoreDown)
	rec := r.started("410", "22")
	_, err := r.End(t.Context(), by(rec.ID))
	require.NoError(t, err)
	require.False(t, r.row(rec.ID).StartedAt.IsZero())
	require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionStart))
	require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionStop))
	r.becomes(rec.ID, recording.Available)
}

// The end is written down by another instance before the start's own commit comes.
func TestTheAuditTrailOfAStartThatWasOvertaken(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Begun: begun, Until: until})
	done := make(chan error, 1)
	go func() { _, _, err := r.start("410", "22"); done <- err }()
	<-begun
	id := r.becomes(r.only().ID, recording.Starting).ID
	r.edit(id, func(row *recording.Recording) { row.State, row.Owner = recording.Stopping, "two" })
	close(until)
	require.NoError(t, <-done)
	require.Equal(t, []string{"ok"}, r.outcomes(recording.ActionStart))
}

func TestWhatTheDatabaseRefusedIsNotTriedAgain(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.quiet(r.started("410", "22"))
	r.store.FailNext("Update", recording.ErrStoreDown)
	fails(t, r.stopping("410"), recording.CodeDatabase)
	require.Empty(t, r.audited(recording.ActionStop))
}

// The entry of a refusal cannot be written: the refusal stays what it is.
func TestARefusalStandsWithoutItsEntry(t *testing.T) {
	r := assemble(t, nil)
	r.store.FailNext("Audit", recording.ErrStoreDown)
	fails(t, r.stopping("999"), recording.CodeNoChannel)
	r.store.FailNext("Audit", recording.ErrStoreDown)
	_, _, err := r.start("999", "22")
	fails(t, err, recording.CodeNoChannel)
	require.Empty(t, r.audited(recording.ActionStart))
}

// An answer that is given does not wait for the trail, and who reads the trail sees what was answered before.
func TestAStartDoesNotWaitForTheTrail(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	for range 3 {
		_, _, err := r.start("410", "22")
		require.NoError(t, err)
		_, _, err = r.start("999", "22")
		fails(t, err, recording.CodeNoChannel)
		entries, err := r.AuditTrail(t.Context(), recording.AuditFilter{}, recording.Page{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "no_channel", entries[0].Outcome)
	}
	require.Len(t, r.audited(recording.ActionStart), 6)
}

func TestDenied(t *testing.T) {
	r := assemble(t, nil)
	r.Denied(t.Context(), recording.AuditEntry{
		Subject: "GET /v1/audit\r\n" + strings.Repeat("x", 5000), Outcome: "forbidden", Username: "\xff", Actor: ann,
	})
	e := r.audited(recording.ActionDenied)[0]
	require.True(t, utf8.ValidString(e.Subject) && utf8.ValidString(e.Username))
	require.LessOrEqual(t, len(e.Subject), 1100)
	require.NotContains(t, e.Subject, "\n")
	require.Equal(t, ann, e.Actor)
	require.WithinDuration(t, time.Now(), e.At, time.Minute)
	r.store.FailNext("Audit", recording.ErrStoreDown)
	r.Denied(t.Context(), recording.AuditEntry{Outcome: "forbidden"})
	require.Len(t, r.audited(recording.ActionDenied), 1, "what failed is in the log")
}
