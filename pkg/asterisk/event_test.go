package asterisk_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// counter is an observer that counts by words.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *counter) count(format string, a ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[fmt.Sprintf(format, a...)]++
}

func (c *counter) get(word string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[word]
}

func (c *counter) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

func (c *counter) Event(node, kind string) { c.count("%s event %s", node, kind) }
func (c *counter) Heard(node string, lag time.Duration) {
	c.count("%s heard in time %t", node, lag < time.Minute)
}
func (c *counter) Reconnected(node string)                   { c.count("%s reconnected", node) }
func (c *counter) Resynced(node string, _ time.Duration)     { c.count("%s resynced", node) }
func (c *counter) Called(_, op, out string, _ time.Duration) { c.count("%s %s", op, out) }

func TestEventsChangeTheIndex(t *testing.T) {
	b := newBed(t, nil)
	b.server.SetChannelVars(true)
	get := func(id string) channels.Channel {
		b.heard(t)
		c, ok := b.index.Get(node, id)
		require.True(t, ok, id)
		return c
	}
	known := get(target)
	require.Equal(t, channels.HoldUnknown, known.Hold, "it was there before us")

	ann := asterisktest.Party{Name: "Ann", Number: "411"}
	b.server.AddChannel(asterisktest.Channel{ID: "1.1", LinkedID: "1.0", Name: "PJSIP/north-office-00000003", State: "Down", Caller: ann})
	c := get("1.1")
	require.WithinDuration(t, time.Now(), c.CreatedAt, time.Minute)
	require.Equal(t, channels.Channel{
		Node: node, UniqueID: "1.1", LinkedID: "1.0", Name: "PJSIP/north-office-00000003", Extension: "north-office", State: "Down",
		Caller: channels.Party{Name: "Ann", Number: "411"}, Hold: channels.HoldOff, CreatedAt: c.CreatedAt,
	}, c)

	b.server.Change("1.1", "ChannelStateChange", func(c *asterisktest.Channel) { c.State = "Up" })
	require.True(t, get("1.1").State.Answered())
	b.server.Change("1.1", "ChannelCallerId", func(c *asterisktest.Channel) { c.Caller.Name = "Anna" })
	require.Equal(t, "Anna", get("1.1").Caller.Name)
	b.server.Change("1.1", "ChannelConnectedLine", func(c *asterisktest.Channel) { c.Connected = ann })
	require.Equal(t, "411", get("1.1").Connected.Number)
	b.server.Change("1.1", "ChannelDialplan", func(c *asterisktest.Channel) { c.LinkedID, c.Name = "1.00", "PJSIP/south-00000003" })
	require.Equal(t, "1.00", get("1.1").LinkedID, "a transfer changes it, and no event says so")
	require.Equal(t, "south", get("1.1").Extension, "a pickup renames")

	b.server.Hold("1.1")
	require.Equal(t, channels.HoldOn, get("1.1").Hold)
	b.server.Change("1.1", "ChannelConnectedLine", func(*asterisktest.Channel) {})
	require.Equal(t, channels.HoldOn, get("1.1").Hold, "other events say nothing of it")
	b.server.Unhold("1.1")
	require.Equal(t, channels.HoldOff, get("1.1").Hold)

	b.server.Bridge("first", "1.1", target)
	require.Equal(t, "first", get("1.1").Bridge)
	require.True(t, get("1.1").Bridged)
	b.server.Leave("first", target)
	require.False(t, get("1.1").Bridged, "alone in it")
	require.Empty(t, get(target).Bridge)
	b.server.Bridge("second", target)
	b.server.Merge("second", "first")
	require.Equal(t, "second", get("1.1").Bridge)
	require.True(t, get(target).Bridged)
	b.server.DestroyBridge("second")
	require.Empty(t, get("1.1").Bridge)

	b.server.HangUp("1.1")
	b.heard(t)
	_, ok := b.index.Get(node, "1.1")
	require.False(t, ok)
}

func TestExtensionPattern(t *testing.T) {
	server := asterisktest.NewServer(t)
	server.AddChannel(asterisktest.Channel{ID: "1.1", Name: "PJSIP/99410-00000001"})
	r := ready(t, server, func(o *asterisk.Options) { o.Nodes[0].ExtensionPattern = regexp.MustCompile(`^99(\d+)$`) })
	c, _ := r.index.Get(node, "1.1")
	require.Equal(t, "410", c.Extension)
}

func TestSignalsAreAboutOurTracksOnly(t *testing.T) {
	b := newBed(t, nil)
	for _, name := range []string{"rec-01k9zzzzzzzzzzzzzzzzzzzz01", "lab-2-01k9zzzzzzzzzzzzzzzzzzzz01", "lab-short", "voicemail"} {
		b.server.EmitRaw(`{"type": "RecordingFinished", "recording": {"name": "` + name + `", "state": "done"}}`)
	}
	b.server.AddChannel(asterisktest.Channel{ID: "their-snoop", Name: "Snoop/1.1-00000001"})
	b.server.HangUp("their-snoop")
	track := b.recorded(t)
	b.server.HangUp(target)
	b.heard(t)

	got := map[recording.Kind][]string{}
	for len(b.signals) > 0 {
		s := <-b.signals
		require.Equal(t, node, s.Node)
		require.WithinDuration(t, time.Now(), s.At, time.Minute)
		got[s.Kind] = append(got[s.Kind], s.Name)
	}
	require.Equal(t, map[recording.Kind][]string{
		recording.Resynced:     {""},
		recording.TrackEnded:   {track.Name, track.Name}, // the recording, then its snoop
		recording.ChannelEnded: {target},
		recording.Moved:        {target},
	}, got)
}

func TestUnknownAndUnreadableEvents(t *testing.T) {
	seen := &counter{}
	b := newBed(t, func(o *asterisk.Options) { o.Observer = seen })
	for _, event := range []string{
		`{"type": "ChannelTransfer", "state": "new in 22"}`, `{"type": "ChannelVarset"}`, `{}`,
		`no JSON`, `{"type": "ChannelCreated", "channel": 17}`, `{"type": "ChannelCreated", "channel": {"creationtime": "yesterday"}}`,
	} {
		b.server.EmitRaw(event)
	}
	b.server.AddChannel(asterisktest.Channel{ID: "1.1", Name: "PJSIP/411-1"})
	b.heard(t)
	_, ok := b.index.Get(node, "1.1")
	require.True(t, ok, "life goes on")
	require.Equal(t, 3, seen.get("default event other"))
	require.Equal(t, 3, seen.get("default event undecodable"))
	require.Equal(t, 1, seen.get("default event ChannelCreated"))
	inTime := seen.get("default heard in time true")
	require.Positive(t, inTime)
	require.Less(t, inTime, seen.get("default event ChannelCreated")+seen.get("default event other")+seen.get("default event undecodable"),
		"an event without a time says nothing of its lag")
	b.server.EmitRaw(`{"type": "ChannelVarset", "timestamp": "2026-11-23T07:17:02.694+0000"}`)
	b.heard(t)
	require.Equal(t, 1, seen.get("default heard in time false"))
}

func TestEventsAreFiltered(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { o.Instance = "filtered" })
	require.Subset(t, b.server.Filter("lab-filtered"), []string{"ApplicationReplaced", "ChannelDestroyed", "RecordingStarted", "StasisStart"})
	require.NotContains(t, b.server.Filter("lab-filtered"), "ChannelVarset")
}

// A websocket that is subscribed to device states may lock up Asterisk when it ends.
func TestOnlyChannelsAndBridgesAreSubscribedTo(t *testing.T) {
	b := newBed(t, nil)
	require.NotContains(t, b.asked("/events")[0], "subscribeAll")
	var sources []string
	for _, request := range b.server.Requests() {
		if strings.HasSuffix(request.Line, "/subscription") {
			sources = append(sources, strings.TrimSpace(request.Body))
		}
	}
	require.Equal(t, []string{`{"eventSource":"channel:"}`, `{"eventSource":"bridge:"}`}, sources)
}

func TestNoFilterIsNoFault(t *testing.T) {
	for _, status := range []int{404, 405, 501, 500} {
		server := asterisktest.NewServer(t)
		server.Inject(asterisktest.Fault{Path: "/eventFilter", Status: status, Message: "no"})
		r := ready(t, server, nil)
		require.Empty(t, r.status().Fault)
	}
	server := asterisktest.NewServer(t)
	server.SetFilterMissing(true)
	ready(t, server, nil)
}

func TestObserver(t *testing.T) {
	seen := &counter{}
	b := newBed(t, func(o *asterisk.Options) { o.Observer = seen })
	track := b.recorded(t)
	require.NoError(t, b.End(t.Context(), node, track.Name))
	_, err := b.Live(t.Context(), node, track.Name)
	require.NoError(t, err)
	b.server.SetBooting(true)
	require.Error(t, b.Discard(t.Context(), node, track.Name))
	b.server.SetBooting(false)
	b.server.CutEvents()
	require.Eventually(t, func() bool { return seen.get("default resynced") == 2 }, patience, time.Millisecond)
	require.Equal(t, 1, seen.get("default reconnected"))
	require.Subset(t, seen.all(), map[string]int{
		"snoop ok": 1, "record ok": 1, "hang_up ok": 1, "live not_found": 1, "discard server_error": 1, "channels ok": 2, "events ok": 2,
	})
}

func TestSignalsOfWhoTalks(t *testing.T) {
	b := newBed(t, nil)
	b.server.AddChannel(asterisktest.Channel{ID: "a", Name: "PJSIP/410-1"})
	b.server.AddChannel(asterisktest.Channel{ID: "b", Name: "PJSIP/411-2"})
	b.server.AddChannel(asterisktest.Channel{ID: "half", Name: "Local/x@y-3;1"})
	b.server.Dial("a", "half")
	b.server.Bridge("talk", "a", "b")
	b.server.Hold("b")
	b.server.Leave("talk", "b")
	b.server.HoldIn("parked", "a", "b")
	b.heard(t)
	var got []string
	for len(b.signals) > 0 {
		if s := <-b.signals; s.Kind == recording.Moved || s.Kind == recording.Calling {
			got = append(got, fmt.Sprintf("%d %s %s%s", s.Kind-recording.Moved, s.Name, s.By, s.Bridge))
		}
	}
	require.Equal(t, []string{"1 a ", "1 b ", "1 half a", "0 a talk", "0 b talk", "0 b ", "0 b talk", "0 a parked", "0 b parked"}, got)
	peers, _ := b.index.Peers(node, "a")
	require.Empty(t, peers, "those who are parked together do not talk")
}
