package recording_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func (r *rig) stopping(channel string) error {
	_, err := r.Stop(r.t.Context(), recording.StopRequest{Channel: channel, By: recording.Actor{Name: "crm"}})
	return err
}

func TestStop(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	started := r.started("410", "22")
	rec := r.stopped("410")
	require.Equal(t, started.ID, rec.ID)
	require.False(t, rec.EndedAt.IsZero())
	require.Empty(t, r.phones.Snoops(node))
	row := r.becomes(rec.ID, recording.Available)
	require.Positive(t, row.Audio.Size)
	require.Empty(t, row.Owner)
	require.Equal(t, rec.ID, r.stopped("410").ID, "ended already on this call")
	require.Equal(t, rec.ID, r.stopped("1.1").ID)
	r.hangUp("1.1")
	require.Equal(t, rec.ID, r.stopped("1.1").ID)
}

func TestStopOfWhatIsNotRecorded(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.index.Put(channels.Channel{Node: node, UniqueID: "2.1", Name: "PJSIP/411-1", Extension: "411", State: "Ringing"})
	fails(t, r.stopping(""), recording.CodeInvalid)
	fails(t, r.stopping("999"), recording.CodeNoChannel)
	fails(t, r.stopping("410"), recording.CodeNotRecorded)
	fails(t, r.stopping("411"), recording.CodeNotAnswered)
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrRefused})
	_, _, err := r.start("410", "22")
	fails(t, err, recording.CodeAsterisk)
	fails(t, r.stopping("410"), recording.CodeNotRecorded)
}

func TestStopOfAHeldCall(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.index.SetHold(node, "1.1", channels.HoldOn)
	r.call("1.2", "410")
	require.Equal(t, rec.ID, r.stopped("410").ID, "the other call is not recorded")
}

func TestStopAmongSeveralRecordings(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("1.2", "410")
	r.started("1.1", "one")
	two := r.started("1.2", "two")
	e := failure(t, r.stopping("410"), recording.CodeAmbiguous)
	require.ElementsMatch(t, []recording.Candidate{{Node: node, UniqueID: "1.1"}, {Node: node, UniqueID: "1.2"}}, e.Candidates)
	r.index.SetHold(node, "1.1", channels.HoldOn)
	require.Equal(t, two.ID, r.stopped("410").ID, "the one that talks")
}

func TestStopWhileAsteriskIsAway(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.phones.SetDown(node, true)
	fails(t, r.stopping("410"), recording.CodeAsterisk)
	r.becomes(rec.ID, recording.Stopping)
	r.phones.SetDown(node, false)
	r.becomes(rec.ID, recording.Available)
}

func TestStopWhileTheDatabaseIsAway(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	r.store.Down(true)
	fails(t, r.stopping("410"), recording.CodeDatabase)
	require.Len(t, r.phones.Snoops(node), 1, "running recordings go on")
	r.store.Down(false)
	require.Equal(t, rec.ID, r.stopped("410").ID)
}

func TestAStopWaitsForItsStart(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Begun: begun, Until: until})
	go func() {
		_, _, _ = r.start("410", "22") // its outcome is what the stop finds
	}()
	<-begun
	aMoment()
	r.becomes(r.only().ID, recording.Starting)
	done := make(chan error, 1)
	go func() { done <- r.stopping("410") }()
	close(until)
	require.NoError(t, <-done)
	r.becomes(r.only().ID, recording.Available)
}

// The intent is committed, the end is not: reconciliation writes down what came of it, and who it was.
func TestAStopThatCouldNotBeConcluded(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*rig)
		want  []string
	}{
		"for the database": {func(r *rig) { r.passes("Update", 1) }, []string{"ok"}},
		"for Asterisk": {func(r *rig) {
			r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodEnd, Err: recording.ErrSwitchDown})
		}, []string{"asterisk_unavailable", "ok"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			rec := r.quiet(r.started("410", "22"))
			c.fault(r)
			_, err := r.End(t.Context(), by(rec.ID))
			require.Error(t, err)
			r.becomes(rec.ID, recording.Available)
			require.Equal(t, c.want, r.outcomes(recording.ActionStop))
			for _, e := range r.audited(recording.ActionStop) {
				require.Equal(t, "ann 192.0.2.9 id="+rec.ID, e.Actor.Name+" "+e.Actor.Address+" "+e.Subject)
			}
			require.Equal(t, "ann", r.event(rec.ID, recording.EventEnded).Actor)
		})
	}
}

// Nothing is left of a recording that somebody has stopped: he is not said to have done it.
func TestAStopOfWhatIsLost(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.quiet(r.started("410", "22"))
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodEnd, Err: recording.ErrSwitchDown, Works: true})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Err: recording.ErrSwitchDown, Times: 2})
	fails(t, r.stopping("410"), recording.CodeAsterisk)
	require.NoError(t, r.phones.Discard(t.Context(), node, recording.TrackName(application, rec.ID, 0)))
	r.becomes(rec.ID, recording.Failed)
	require.Equal(t, []string{"asterisk_unavailable", "recording_failed"}, r.outcomes(recording.ActionStop))
}

func TestTheEndNamesWhoAskedForIt(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	require.NoError(t, r.stopping("410"))
	require.Equal(t, "crm", r.event(rec.ID, recording.EventEnded).Actor)
}
