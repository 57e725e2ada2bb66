package recording_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func TestStart(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	require.Equal(t, "22", rec.Tag)
	require.Equal(t, "PJSIP/410-1.1", rec.Channel)
	require.Equal(t, "crm", rec.StartedBy)
	require.Equal(t, "Ann", rec.Caller.Name)
	require.False(t, rec.StartedAt.IsZero())
	name := recording.TrackName(application, rec.ID, 0)
	require.Equal(t, []string{name}, r.phones.Snoops(node))
	row := r.becomes(rec.ID, recording.Active)
	require.Equal(t, rec.StartedAt, row.StartedAt)
	require.Equal(t, rec.StartedAt, row.Tracks[0].StartedAt)
	require.Equal(t, []recording.EventKind{recording.EventRequested, recording.EventStarted}, r.timeline(rec.ID)[:2])
}

func TestStartWritesTheExternalReferenceIntoTheCall(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("1.2", "411")
	r.index.SetBridge(node, "bridge", []string{"1.1", "1.2"})
	for _, tag := range []string{"first", "second"} {
		r.started("410", tag)
		r.stopped("410")
		require.Eventually(t, func() bool {
			call, err := r.store.Call(t.Context(), node, "1.2")
			return err == nil && call.ExternalReference == tag && call.LinkedID == "L1.1" && len(call.Legs) == 2
		}, eventually, tick)
	}
}

func TestStartOfWhatRunsAlready(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	first := r.started("410", "22")
	again, created, err := r.start("1.1", "22")
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first.ID, again.ID)
	_, _, err = r.start("410", "23")
	fails(t, err, recording.CodeOtherTag)
	require.Len(t, r.phones.Snoops(node), 1)
	r.stopped("410")
	second := r.started("410", "22")
	require.NotEqual(t, first.ID, second.ID)
}

func TestTwentyStartsAtOnceAreOneRecording(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	ids := make([]string, 20)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			rec, _, err := r.start("410", "22")
			if err == nil {
				ids[i] = rec.ID
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		require.Equal(t, r.only().ID, id)
	}
}

func TestAStartWaitsForTheOutcomeOfAnother(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: recording.ErrNotStarted, Begun: begun, Until: until})
	errs := make(chan error, 2)
	start := func() {
		_, _, err := r.start("410", "22")
		errs <- err
	}
	go start()
	<-begun
	go start()
	close(until)
	for range 2 {
		// The second may have come when the first was over: then it has started the call anew.
		if err := <-errs; err != nil {
			fails(t, err, recording.CodeAsterisk)
		}
	}
}

func TestARefusedStartLeavesNoFile(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	working(recordingtest.MethodRecord, recording.ErrNotStarted)(r)
	_, _, err := r.start("410", "22")
	fails(t, err, recording.CodeAsterisk)
	require.Empty(t, r.phones.Files(node))
}

func TestTheClientGoesAwayAndTheStartCompletes(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec, _, err := r.Start(ctx, recording.StartRequest{Channel: "410", Tag: "22"})
	require.NoError(t, err)
	require.Equal(t, recording.Active, rec.State)
}

// The failure matrix of a start: each step that may fail, the answer, and what is left behind.
func TestStartFails(t *testing.T) {
	down := fmt.Errorf("connection refused: %w", recording.ErrStoreDown)
	for _, c := range []struct {
		name    string
		spoil   func(*rig)
		code    recording.Code
		failure recording.FailureCode // empty: no row
	}{
		{"row insert", func(r *rig) { r.store.FailNext("Create", down) }, recording.CodeDatabase, ""},
		{"the channel is gone", fault(recordingtest.MethodSnoop, recording.ErrChannelGone), recording.CodeNoChannel, recording.FailChannelGone},
		{"snoop: Asterisk is down", fault(recordingtest.MethodSnoop, recording.ErrSwitchDown), recording.CodeAsterisk, recording.FailUnreachable},
		{"StasisStart is not seen", working(recordingtest.MethodSnoop, recording.ErrNoStasis), recording.CodeAsterisk, recording.FailNoSnoop},
		{"record is refused", fault(recordingtest.MethodRecord, fmt.Errorf("%w: 422 Unprocessable Entity", recording.ErrRefused)), recording.CodeAsterisk, recording.FailRefused},
		{"the channel goes before record", fault(recordingtest.MethodRecord, recording.ErrChannelGone), recording.CodeNoChannel, recording.FailChannelGone},
		{"RecordingStarted is not seen", working(recordingtest.MethodRecord, recording.ErrNotStarted), recording.CodeAsterisk, recording.FailNotStarted},
		{"finished at once: the folder is read-only", func(r *rig) { r.phones.SetReadOnly(true) }, recording.CodeAsterisk, recording.FailNoFile},
		{"proving the file: Asterisk is down", fault(recordingtest.MethodStored, recording.ErrSwitchDown), recording.CodeAsterisk, recording.FailUnreachable},
		{"something unheard of", fault(recordingtest.MethodRecord, errors.New("boom")), recording.CodeAsterisk, recording.FailUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			c.spoil(r)
			_, _, err := r.start("410", "22")
			e := failure(t, err, c.code)
			require.NotContains(t, e.Detail, "refused:", "internals stay in the log")
			require.Empty(t, r.phones.Snoops(node), "nothing is left in Asterisk")
			if c.failure == "" {
				rows, err := r.store.Find(t.Context(), recording.Filter{})
				require.NoError(t, err)
				require.Empty(t, rows)
			} else {
				row := r.only()
				require.Equal(t, recording.Failed, row.State)
				require.Equal(t, c.failure, row.Failure.Code)
				require.Empty(t, row.Owner)
			}
			r.phones.SetReadOnly(false)
			if c.code != recording.CodeNoChannel {
				r.started("410", "22")
			}
		})
	}
}

func TestArisWordsAreInTheRow(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodRecord, Err: fmt.Errorf("%w: 422 unknown format", recording.ErrRefused)})
	_, _, err := r.start("410", "22")
	fails(t, err, recording.CodeAsterisk)
	require.Contains(t, r.only().Failure.Detail, "422 unknown format")
}

func fault(m recordingtest.Method, err error) func(*rig) {
	return func(r *rig) { r.phones.Inject(recordingtest.Fault{Method: m, Err: err}) }
}

// working is a fault in which Asterisk did what was asked and only the answer was lost.
func working(m recordingtest.Method, err error) func(*rig) {
	return func(r *rig) { r.phones.Inject(recordingtest.Fault{Method: m, Err: err, Works: true}) }
}

func TestTheCommitOfTheFirstRowIsAmbiguous(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.store.LoseAnswer("Create")
	rec := r.started("410", "22")
	require.Equal(t, rec.ID, r.only().ID)
}

func TestTheCommitOfRecordingIsAmbiguous(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.store.LoseAnswer("Update")
	rec := r.started("410", "22")
	require.Equal(t, rec.ID, r.only().ID)
}

func TestTheCommitOfRecordingFailsAndReconciliationTakesItBack(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.store.FailNext("Update", recording.ErrStoreDown)
	rec := r.started("410", "22")
	require.Equal(t, rec.ID, r.only().ID, "the row is known")
	require.Len(t, r.phones.Snoops(node), 1, "what was acknowledged goes on")
	r.becomes(rec.ID, recording.Active)
	require.Equal(t, rec.ID, r.stopped("410").ID)
	r.becomes(rec.ID, recording.Available)
}

func TestWhatIsAskedRightAfterAStartFindsItRunning(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	for range 100 {
		rec := r.started("410", "22")
		_, _, err := r.start("410", "23")
		fails(t, err, recording.CodeOtherTag)
		read, err := r.Get(t.Context(), rec.ID)
		require.NoError(t, err)
		require.Equal(t, recording.Active, read.State)
		require.Equal(t, rec.ID, r.stopped("410").ID)
	}
}

func TestStartOfNoCall(t *testing.T) {
	r := assemble(t, nil)
	r.index.Put(channels.Channel{Node: node, UniqueID: "2.1", Name: "PJSIP/411-1", Extension: "411", State: "Ringing"})
	r.call("3.1", "412")
	r.call("3.2", "412")
	for channel, code := range map[string]recording.Code{
		"":                       recording.CodeInvalid,
		"a\x00b":                 recording.CodeInvalid,
		"\xff":                   recording.CodeInvalid,
		strings.Repeat("x", 150): recording.CodeInvalid,
		strings.Repeat("é", 149): recording.CodeInvalid,
		"999":                    recording.CodeNoChannel,
		"../":                    recording.CodeNoChannel,
		"PJSIP/412":              recording.CodeNoChannel,
		"411":                    recording.CodeNotAnswered,
		"412":                    recording.CodeAmbiguous,
	} {
		_, _, err := r.start(channel, "22")
		e := failure(t, err, code)
		if code == recording.CodeAmbiguous {
			require.Equal(t, []recording.Candidate{{Node: node, UniqueID: "3.1"}, {Node: node, UniqueID: "3.2"}}, e.Candidates)
			require.Contains(t, e.Detail, "3.1")
			require.Contains(t, e.Detail, "3.2")
		}
	}
	r.index.SetReady(node, false)
	_, _, err := r.start("412", "22")
	require.NotZero(t, failure(t, err, recording.CodeAsterisk).RetryAfter)
}

func TestTags(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	for _, tag := range []string{"", "a\nb", "a\x7fb", "\xff\xfe", strings.Repeat("x", 256), "\u0085"} {
		_, _, err := r.start("410", tag)
		fails(t, err, recording.CodeInvalid)
	}
	for _, tag := range []string{"A1", "a1", "A1 ", `"5%" & 'x'`, "😀", strings.Repeat("é", 255)} {
		require.Equal(t, tag, r.started("410", tag).Tag)
		r.stopped("410")
	}
}

func TestNoMoreRecordingsThanAllowed(t *testing.T) {
	r := assemble(t, func(o *recording.Options) { o.MaxActive = 1 })
	r.call("1.1", "410")
	r.call("1.2", "411")
	r.started("410", "22")
	require.True(t, r.Full())
	_, _, err := r.start("411", "23")
	require.NotZero(t, failure(t, err, recording.CodeTooMany).RetryAfter)
	_, created, err := r.start("410", "22")
	require.NoError(t, err, "what runs already needs no place")
	require.False(t, created)
	r.stopped("410")
	r.started("411", "23")
}

func TestAnotherInstanceWasQuicker(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	first := r.started("410", "22")
	other := recording.New(recording.Options{Application: application, Instance: "two", Format: recording.FormatWAV}, r.store, r.phones, r.archive, r.index)
	rec, created, err := other.Start(t.Context(), recording.StartRequest{Channel: "410", Tag: "22"})
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, first.ID, rec.ID)
	require.Len(t, r.phones.Snoops(node), 1, "the snoop of the slower one is hung up")
	_, _, err = other.Start(t.Context(), recording.StartRequest{Channel: "410", Tag: "23"})
	fails(t, err, recording.CodeOtherTag)
}

func TestTheEndOvertakesTheStart(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	begun, until := make(chan struct{}, 1), make(chan struct{})
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodStored, Begun: begun, Until: until})
	done := make(chan error, 1)
	go func() {
		_, _, err := r.start("410", "22")
		done <- err
	}()
	<-begun
	aMoment()
	r.hangUp("1.1")
	close(until)
	require.NoError(t, <-done)
	row := r.becomes(r.only().ID, recording.Available)
	require.False(t, row.CallEndedAt.IsZero())
}

// What a killed process left on the channel must not stand in the way until the next reconciliation.
func TestAStartTidiesUpWhatACutOffRequestLeft(t *testing.T) {
	for _, state := range []recording.State{recording.Starting, recording.Stopping} {
		r := assemble(t, nil)
		r.call("1.1", "410")
		left := &recording.Recording{
			ID: "01k9zzzzzzzzzzzzzzzzzzzzzz", State: state, Tag: "22", Node: node, UniqueID: "1.1", Format: recording.FormatWAV, Owner: "one",
			Tracks: []recording.Track{{UniqueID: "1.1", Direction: recording.DirectionBoth, Name: recording.TrackName(application, "01k9zzzzzzzzzzzzzzzzzzzzzz", 0)}},
		}
		require.NoError(t, r.store.Create(t.Context(), left, recording.Event{Kind: recording.EventRequested}))
		rec := r.started("410", "22")
		require.NotEqual(t, left.ID, rec.ID)
		r.becomes(left.ID, recording.Failed)
	}
}
