package recording_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func TestList(t *testing.T) {
	r := assemble(t, keeping)
	var ids []string
	for i := range 5 {
		ids = append([]string{r.recorded(fmt.Sprintf("1.%d", i), "22").ID}, ids...)
	}
	var got []string
	page := recording.Page{Limit: 2}
	for {
		list, err := r.List(t.Context(), recording.Filter{Tag: "22"}, page)
		require.NoError(t, err)
		if len(list) == 0 {
			break
		}
		for _, rec := range list {
			got = append(got, rec.ID)
			page.After = recording.Position{At: rec.CreatedAt, Seq: rec.Seq}
		}
	}
	require.Equal(t, ids, got, "newest first, each once")
	require.NoError(t, r.Delete(t.Context(), by(ids[0])))
	list, err := r.List(t.Context(), recording.Filter{NotDeleted: true}, recording.Page{})
	require.NoError(t, err)
	require.Len(t, list, 4)
}

func TestListRefusesNonsense(t *testing.T) {
	r := assemble(t, nil)
	now := time.Now()
	for name, f := range map[string]recording.Filter{
		"a control character": {Tag: "a\nb"}, "broken UTF-8": {UniqueID: "\xff"}, "too long": {Extension: strings.Repeat("x", 1000)},
		"an unknown state": {States: []recording.State{"sleeping"}}, "a range backwards": {From: now, To: now.Add(-time.Second)},
	} {
		_, err := r.List(t.Context(), f, recording.Page{})
		require.Equal(t, recording.CodeInvalid, recording.CodeOf(err), name)
	}
	_, err := r.List(t.Context(), recording.Filter{}, recording.Page{Limit: -1})
	fails(t, err, recording.CodeInvalid)
	r.store.FailNext("List", recording.ErrStoreDown)
	_, err = r.List(t.Context(), recording.Filter{States: recording.States()}, recording.Page{})
	fails(t, err, recording.CodeDatabase)
}

func TestTimeline(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	rec := r.started("410", "22")
	events, err := r.Timeline(t.Context(), rec.ID)
	require.NoError(t, err)
	require.Equal(t, recording.EventStarted, events[1].Kind, "what was answered is there")
	for _, id := range []string{unknownID, "x"} {
		_, err = r.Timeline(t.Context(), id)
		fails(t, err, recording.CodeNoRecording)
	}
	r.store.FailNext("Events", recording.ErrStoreDown)
	_, err = r.Timeline(t.Context(), rec.ID)
	fails(t, err, recording.CodeDatabase)
}

func TestCallRecords(t *testing.T) {
	r := assemble(t, keeping)
	r.call("1.1", "410")
	r.call("1.2", "411")
	r.phones.AddChannel(node, "1.2", "L1.1") // the same call
	one := r.started("410", "one")
	r.refersTo("1.1", "one")
	two := r.started("411", "two")
	r.refersTo("1.2", "two")
	other := r.recorded("2.1", "other")
	r.refersTo("2.1", "other")
	records, err := r.CallRecords(t.Context(), recording.CallFilter{}, recording.Page{})
	require.NoError(t, err)
	require.Len(t, records, 2)
	require.Equal(t, []string{other.ID}, idsOf(records[0].Recordings))
	require.Equal(t, []string{two.ID, one.ID}, idsOf(records[1].Recordings), "newest first")
	record, err := r.CallRecord(t.Context(), "", "1.1")
	require.NoError(t, err)
	require.Equal(t, "two", record.ExternalReference)
	byLink, err := r.CallRecord(t.Context(), node, record.LinkedID)
	require.NoError(t, err)
	require.Equal(t, record.Seq, byLink.Seq)
	require.NoError(t, r.Delete(t.Context(), by(other.ID)))
	record, err = r.CallRecord(t.Context(), "", "2.1")
	require.NoError(t, err)
	require.Empty(t, record.Recordings, "a deleted one is hidden")
	for _, id := range []string{"9.9", "", "a\nb"} {
		_, err = r.CallRecord(t.Context(), "", id)
		fails(t, err, recording.CodeNoCall)
	}
	none, err := r.CallRecords(t.Context(), recording.CallFilter{ExternalReference: "nobody's"}, recording.Page{})
	require.NoError(t, err)
	require.Empty(t, none)
	for _, method := range []string{"Calls", "Find"} {
		r.store.FailNext(method, recording.ErrStoreDown)
		_, err = r.CallRecord(t.Context(), "", "2.1")
		fails(t, err, recording.CodeDatabase)
	}
}

// narrow is a store that takes no list of any length, as databases do.
type narrow struct{ *recordingtest.Store }

func (n narrow) Find(ctx context.Context, f recording.Filter) ([]*recording.Recording, error) {
	if len(f.UniqueIDs) > 1000 {
		return nil, errors.New("too many SQL variables")
	}
	return n.Store.Find(ctx, f)
}

// A call on which thousands have been has as many legs; on another node the same uniqueids are others.
func TestCallRecordsOfManyLegs(t *testing.T) {
	r := assemble(t, nil)
	first, last := r.swept("1.1", "22"), r.swept("9.9", "22")
	legs := []recording.Leg{{UniqueID: "1.1"}}
	for i := range 2500 {
		legs = append(legs, recording.Leg{UniqueID: fmt.Sprint("5.", i)})
	}
	legs = append(legs, recording.Leg{UniqueID: "9.9"})
	for _, at := range []string{node, "paris"} {
		require.NoError(t, r.store.PutCall(t.Context(), recording.Call{Node: at, LinkedID: "conference", Legs: legs}))
	}
	r.swap("one", narrow{r.store})
	for at, want := range map[string][]string{node: {last.ID, first.ID}, "paris": nil} {
		record, err := r.CallRecord(t.Context(), at, "conference")
		require.NoError(t, err)
		require.Equal(t, want, idsOf(record.Recordings))
	}
	both, err := r.CallRecords(t.Context(), recording.CallFilter{UniqueID: "conference"}, recording.Page{})
	require.NoError(t, err)
	require.Len(t, append(both[0].Recordings, both[1].Recordings...), 2)
}

func idsOf(list []*recording.Recording) (ids []string) {
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestLiveCalls(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("1.2", "411")
	r.index.Put(channels.Channel{Node: node, UniqueID: "1.3", Name: "Local/x@y-1;1", State: channels.StateUp})
	rec := r.started("410", "22")
	for _, name := range []string{"", node} {
		calls, err := r.LiveCalls(t.Context(), name)
		require.NoError(t, err)
		require.Len(t, calls, 2, "what cannot be recorded is left out")
		require.Equal(t, "1.1 "+rec.ID, calls[0].UniqueID+" "+calls[0].RecordingID)
		require.Equal(t, "1.2 ", calls[1].UniqueID+" "+calls[1].RecordingID)
		call, err := r.LiveCall(t.Context(), name, "1.1")
		require.NoError(t, err)
		require.Equal(t, rec.ID, call.RecordingID)
	}
	for uniqueID, code := range map[string]recording.Code{
		"9.9": recording.CodeNoChannel, "1.3": recording.CodeNoChannel, "410": recording.CodeNoChannel, "": recording.CodeInvalid,
	} {
		_, err := r.LiveCall(t.Context(), "", uniqueID)
		fails(t, err, code)
	}
	_, err := r.LiveCalls(t.Context(), "nowhere")
	fails(t, err, recording.CodeInvalid)
	_, err = r.LiveCall(t.Context(), "nowhere", "1.1")
	fails(t, err, recording.CodeInvalid)
}

func TestLiveCallsOfSeveralNodes(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.index.SetReady("branch", true)
	r.index.Put(channels.Channel{Node: "branch", UniqueID: "1.1", Name: "PJSIP/410-1", Extension: "410", State: channels.StateUp})
	_, err := r.LiveCall(t.Context(), "", "1.1")
	fails(t, err, recording.CodeAmbiguous)
	call, err := r.LiveCall(t.Context(), "branch", "1.1")
	require.NoError(t, err)
	require.Equal(t, "branch", call.Node)

	r.index.SetReady("branch", false)
	call, err = r.LiveCall(t.Context(), "", "1.1")
	require.NoError(t, err, "one that is known is enough")
	require.Equal(t, node, call.Node)
	_, err = r.LiveCall(t.Context(), "", "9.9")
	require.NotZero(t, failure(t, err, recording.CodeAsterisk).RetryAfter)
	_, err = r.LiveCalls(t.Context(), "")
	require.Contains(t, failure(t, err, recording.CodeAsterisk).Detail, "branch", "half a list would be taken for a whole one")
	calls, err := r.LiveCalls(t.Context(), node)
	require.NoError(t, err)
	require.Len(t, calls, 1)
}

func TestResolve(t *testing.T) {
	r := assemble(t, nil)
	r.call("1.1", "410")
	r.call("2.1", "411")
	r.call("2.2", "411")
	found, err := r.Resolve(t.Context(), channels.Query{Channel: "410"})
	require.NoError(t, err)
	require.Equal(t, "1.1", found.Channel.UniqueID)
	require.Equal(t, channels.ByExtension, found.By)
	require.Len(t, found.Considered(), 1)
	found, err = r.Resolve(t.Context(), channels.Query{Channel: "411"})
	require.Equal(t, []recording.Candidate{{Node: node, UniqueID: "2.1"}, {Node: node, UniqueID: "2.2"}}, failure(t, err, recording.CodeAmbiguous).Candidates)
	require.Len(t, found.Candidates, 2, "with the reason for each")
	require.NotEmpty(t, found.Candidates[0].Why)
	for channel, code := range map[string]recording.Code{"999": recording.CodeNoChannel, "": recording.CodeInvalid, "a\nb": recording.CodeInvalid} {
		_, err = r.Resolve(t.Context(), channels.Query{Channel: channel})
		fails(t, err, code)
	}
	_, err = r.Resolve(t.Context(), channels.Query{Channel: "410", Node: "nowhere"})
	fails(t, err, recording.CodeInvalid)
	require.Empty(t, r.phones.Snoops(node), "it does nothing")
	r.index.SetHold(node, "2.1", channels.HoldOn)
	found, err = r.Resolve(t.Context(), channels.Query{Channel: "411"})
	require.NoError(t, err)
	require.Equal(t, "2.2", found.Channel.UniqueID)
}
