package asterisk_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
)

func TestRecordAsksForOneFileThatNobodyEnds(t *testing.T) {
	for _, test := range []struct {
		limit   time.Duration
		seconds string
	}{{0, "0"}, {time.Second, "1"}, {1001 * time.Millisecond, "2"}, {time.Nanosecond, "1"}, {2 * time.Hour, "7200"}} {
		b := newBed(t, nil)
		track := b.snooped(t)
		_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV16, test.limit)
		require.NoError(t, err)
		sent := b.server.Requests()
		require.Equal(t, "POST /ari/channels/"+track.Name+"/record", sent[len(sent)-1].Line)
		require.JSONEq(t, `{"name": "`+track.Name+`", "format": "wav16", "maxDurationSeconds": `+test.seconds+
			`, "maxSilenceSeconds": 0, "ifExists": "fail", "beep": false, "terminateOn": "none"}`, sent[len(sent)-1].Body)
	}
}

func TestRecordingThatIsNotReportedAsStarted(t *testing.T) {
	b := newBed(t, quick)
	track := b.snooped(t)
	b.server.DropEvents("RecordingStarted", 1)
	before := time.Now()
	started, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.NoError(t, err, "Asterisk knows that it records")
	require.WithinRange(t, started, before, before.Add(50*time.Millisecond), "since the request was answered, not since it was found")
	require.Len(t, b.asked("/recordings/live/"), 1)
}

func TestRecordingThatDoesNotStart(t *testing.T) {
	b := newBed(t, quick)
	track := b.snooped(t)
	b.server.Inject(asterisktest.Fault{Path: "/record", Status: 201, Message: "queued for ever"})
	_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.ErrorIs(t, err, recording.ErrNotStarted)
}

func TestRecordingThatCannotBeAskedFor(t *testing.T) {
	b := newBed(t, quick)
	track := b.snooped(t)
	b.server.DropEvents("RecordingStarted", 1)
	b.server.Inject(asterisktest.Fault{Path: "/recordings/live/", Status: 500, Message: "Internal error"})
	_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
}

// Where the file cannot be opened, start and end are reported back to back.
func TestRecordingThatEndsAsItBegins(t *testing.T) {
	for _, lost := range []string{"", "RecordingStarted"} {
		b := newBed(t, nil)
		track := b.snooped(t)
		b.server.SetSpoolReadOnly(true)
		b.server.DropEvents(lost, 1)
		b.server.Inject(asterisktest.Fault{Path: "/record", Then: func() { b.heard(t) }})
		_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
		require.ErrorIs(t, err, recording.ErrEndedAtOnce, lost)
	}
}

func TestRecordingFailedIsAnEnd(t *testing.T) {
	b := newBed(t, nil)
	track := b.snooped(t)
	b.server.DropEvents("RecordingStarted", 1)
	b.server.Inject(asterisktest.Fault{Path: "/record", Then: func() {
		b.server.EmitRaw(`{"type": "RecordingFailed", "recording": {"name": "` + track.Name + `", "state": "failed"}}`)
	}})
	_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.ErrorIs(t, err, recording.ErrEndedAtOnce)
	b.await(t, recording.TrackEnded, track.Name)
}

func TestRecordRefused(t *testing.T) {
	for status, want := range map[int]error{
		400: recording.ErrRefused, 404: recording.ErrRefused, 409: recording.ErrRefused, 422: recording.ErrRefused,
		401: recording.ErrSwitchDown, 403: recording.ErrSwitchDown, 500: recording.ErrSwitchDown, 503: recording.ErrSwitchDown,
	} {
		b := newBed(t, nil)
		track := b.snooped(t)
		b.server.Inject(asterisktest.Fault{Path: "/record", Status: status, Message: "Asterisk's\nown words"})
		_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
		require.ErrorIs(t, err, want, status)
		require.ErrorContains(t, err, "Asterisk's own words", status)
		require.Equal(t, want, map[bool]error{true: recording.ErrSwitchDown, false: recording.ErrRefused}[errors.Is(err, recording.ErrSwitchDown)])
	}
}

// If the snoop dies before the queued command, no recording event comes at all.
func TestSnoopDiesBeforeItRecords(t *testing.T) {
	b := newBed(t, nil)
	track := b.snooped(t)
	b.server.Inject(asterisktest.Fault{Path: "/record", Status: 201, Message: "queued", Then: func() { b.server.HangUp(target) }})
	before := time.Now()
	_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.ErrorIs(t, err, recording.ErrNotStarted)
	require.Less(t, time.Since(before), 2*time.Second)
}

func TestEventsAreCutWhileARecordingBegins(t *testing.T) {
	b := newBed(t, nil)
	track := b.snooped(t)
	b.server.DropEvents("RecordingStarted", 1)
	b.server.Inject(asterisktest.Fault{Path: "/record", Then: b.server.CutEvents})
	before := time.Now()
	_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.NoError(t, err, "Asterisk is asked instead")
	require.Less(t, time.Since(before), 2*time.Second)
}

// With no events there is nothing to wait for: Asterisk is asked until it says what is wanted.
func TestRecordAndEndWithoutEvents(t *testing.T) {
	b := newBed(t, nil)
	track := b.snooped(t)
	b.server.Inject(asterisktest.Fault{Path: "/events", Times: -1, Status: 503, Message: "Asterisk not booted"})
	b.server.CutEvents()
	require.Eventually(t, func() bool { return !b.status().Connected }, patience, time.Millisecond)
	before := time.Now()
	for range 2 {
		b.server.Inject(asterisktest.Fault{Path: "/recordings/live/", Status: 404, Message: "Recording not found"})
	}
	started, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.NoError(t, err, "it had not begun when it was asked for first")
	require.WithinRange(t, started, before.Add(50*time.Millisecond), time.Now(), "nor when it was asked for again")
	require.Len(t, b.asked("/recordings/live/"), 3)

	b.server.Inject(asterisktest.Fault{Method: http.MethodDelete, Path: "/channels/", Status: 204, Then: func() {
		b.server.Inject(asterisktest.Fault{Path: "/recordings/live/", Then: func() { b.server.HangUp(track.Name) }})
	}})
	require.NoError(t, b.End(t.Context(), node, track.Name))
	require.Len(t, b.asked("/recordings/live/"), 5, "still recording, then closed")
	require.Less(t, time.Since(before), 2*time.Second)
}

func TestEndThatIsNotReported(t *testing.T) {
	b := newBed(t, quick)
	track := b.recorded(t)
	b.server.DropEvents("RecordingFinished", 1)
	b.server.DropEvents("ChannelDestroyed", 1)
	require.NoError(t, b.End(t.Context(), node, track.Name), "Asterisk knows no such recording any more")
	require.Len(t, b.asked("/recordings/live/"), 1)
	require.NotContains(t, b.server.Channels(), track.Name)
}

func TestEndThatDoesNotCome(t *testing.T) {
	b := newBed(t, quick)
	track := b.recorded(t)
	b.server.Inject(asterisktest.Fault{Method: http.MethodDelete, Path: "/channels/", Status: 204})
	err := b.End(t.Context(), node, track.Name)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorContains(t, err, "the recording is still recording after 50ms")
}

func TestEndWhereTheSnoopIsGoneAndTheRecordingIsNot(t *testing.T) {
	b := newBed(t, nil)
	track := b.recorded(t)
	b.server.Inject(asterisktest.Fault{Method: http.MethodDelete, Path: "/channels/", Status: 404, Message: "Channel not found"})
	b.server.Inject(asterisktest.Fault{Method: http.MethodGet, Path: "/recordings/live/", Then: func() { b.server.HangUp(track.Name) }})
	require.NoError(t, b.End(t.Context(), node, track.Name), "it waits for RecordingFinished")
}

func TestEndIsBoundedByItsContext(t *testing.T) {
	b := newBed(t, nil)
	track := b.recorded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	b.server.Inject(asterisktest.Fault{Method: http.MethodDelete, Path: "/channels/", Status: 204})
	err := b.End(ctx, node, track.Name)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestEndRefused(t *testing.T) {
	b := newBed(t, nil)
	track := b.recorded(t)
	b.server.Inject(asterisktest.Fault{Method: http.MethodDelete, Path: "/channels/", Status: 500, Message: "Internal error"})
	require.ErrorIs(t, b.End(t.Context(), node, track.Name), recording.ErrSwitchDown)
	b.server.Inject(asterisktest.Fault{Method: http.MethodGet, Path: "/recordings/live/", Status: 500, Message: "Internal error"})
	_, err := b.Live(t.Context(), node, track.Name)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
}

func TestLiveIsOnlyWhatIsUnderWay(t *testing.T) {
	b := newBed(t, nil)
	for state, want := range map[string]recording.LiveState{
		"queued": recording.LiveRecording, "recording": recording.LiveRecording, "paused": recording.LivePaused,
		"done": recording.LiveGone, "failed": recording.LiveGone, "canceled": recording.LiveGone,
	} {
		b.server.SetLive("a recording", state)
		live, err := b.Live(t.Context(), node, "a recording")
		require.NoError(t, err)
		require.Equal(t, want, live, state)
	}
}
