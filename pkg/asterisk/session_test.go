package asterisk_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
)

// What happens while the channels are being listed is held back and then beats the list.
func TestEventsDuringTheListing(t *testing.T) {
	server := asterisktest.NewServer(t)
	for i := range 4 {
		server.AddChannel(asterisktest.Channel{ID: fmt.Sprint("1.", i), Name: fmt.Sprint("PJSIP/41", i, "-1")})
	}
	server.Bridge("b", "1.0", "1.1", "1.2")
	server.Inject(asterisktest.Fault{Method: "GET", Path: "/channels", Then: func() { // the list is made, not yet sent
		server.HangUp("1.0")
		server.AddChannel(asterisktest.Channel{ID: "2.0", Name: "PJSIP/420-1"})
		server.Hold("1.1")
	}})
	server.Inject(asterisktest.Fault{Method: "GET", Path: "/bridges", Then: func() {
		server.Leave("b", "1.2")
		server.Change("1.3", "ChannelStateChange", func(c *asterisktest.Channel) { c.State = "Busy" })
		if err := server.Heard(t.Context()); err != nil {
			t.Error(err)
		}
	}})
	r := ready(t, server, nil)
	_, ok := r.index.Get(node, "1.0")
	require.False(t, ok, "a ChannelDestroyed beats the list")
	held, _ := r.index.Get(node, "1.1")
	require.Equal(t, "held", held.Hold.String())
	require.False(t, held.Bridged, "1.2 has left after the list")
	left, _ := r.index.Get(node, "1.2")
	require.Empty(t, left.Bridge)
	busy, _ := r.index.Get(node, "1.3")
	require.EqualValues(t, "Busy", busy.State)
	_, ok = r.index.Get(node, "2.0")
	require.True(t, ok)
	r.await(t, recording.ChannelEnded, "1.0")
	r.await(t, recording.Resynced, "")
}

func TestStatus(t *testing.T) {
	server := asterisktest.NewServer(t)
	r := build(t, server.URL, server.Username, server.Password, nil)
	require.Equal(t, []asterisk.NodeStatus{{Name: node}}, r.Status())
	r.Start(t.Context())
	defer r.Close()
	r.awaitReady(t)
	require.Eventually(t, func() bool { return r.status().RoundTrip > 0 }, patience, time.Millisecond)
	server.AddChannel(asterisktest.Channel{ID: "1.1", Name: "PJSIP/410-1"})
	require.NoError(t, server.Heard(t.Context()))
	status := r.status()
	require.True(t, status.Connected)
	require.True(t, status.Ready)
	require.Empty(t, status.Fault)
	require.Equal(t, "22.0.0-fake", status.Version)
	require.WithinDuration(t, time.Now(), status.LastEvent, time.Minute)
	require.Less(t, status.Lag, time.Minute)
	r.Close()
	require.False(t, r.status().Connected)
	require.False(t, r.index.Ready(node))
}

func TestAsteriskComesLate(t *testing.T) {
	server := asterisktest.NewServer(t)
	proxy := asterisktest.NewProxy(t, server.URL)
	proxy.Block(true)
	r := start(t, proxy.URL, server.Username, server.Password, nil)
	require.Eventually(t, func() bool { return r.status().Fault == "the connection was lost" }, patience, time.Millisecond)
	server.SetBooting(true)
	proxy.Block(false)
	require.Eventually(t, func() bool { return r.status().Fault == "Asterisk is still starting" }, patience, time.Millisecond)
	require.False(t, r.index.Ready(node))
	server.SetBooting(false)
	r.awaitReady(t)
	require.Eventually(t, func() bool { return r.status().Fault == "" }, patience, time.Millisecond)
}

func TestFaultsInWords(t *testing.T) {
	hung := make(chan struct{})
	defer close(hung)
	for want, fault := range map[string]asterisktest.Fault{
		"no ARI at this address":        {Status: 404},
		"Asterisk answers 500 Internal": {Status: 500, Message: "Internal error"},
		"did not answer in time":        {Until: hung},
	} {
		server := asterisktest.NewServer(t)
		fault.Path, fault.Times = "/events", -1
		server.Inject(fault)
		r := start(t, server.URL, server.Username, server.Password, func(o *asterisk.Options) { o.Timeouts.List = 100 * time.Millisecond })
		require.Eventually(t, func() bool { return r.status().Fault != "" }, patience, time.Millisecond)
		require.Contains(t, r.status().Fault, want)
		require.NotContains(t, r.status().Fault, "127.0.0.1", "it is shown to everybody")
	}
	r := start(t, "http://127.0.0.1:1/ari", "test", "p", nil)
	require.Eventually(t, func() bool { return r.status().Fault != "" }, patience, time.Millisecond)
	require.Contains(t, r.status().Fault, "connection refused")
}

// A user who may only look could never record: better said at once than at the first start.
func TestReadOnlyUser(t *testing.T) {
	server := asterisktest.NewServer(t)
	server.SetReadOnlyUser(true)
	r := start(t, server.URL, server.Username, server.Password, nil)
	require.Eventually(t, func() bool { return r.status().Fault != "" }, patience, time.Millisecond)
	require.Equal(t, "not allowed: is the ARI user read_only in ari.conf?", r.status().Fault)
	require.False(t, r.index.Ready(node))
	server.SetReadOnlyUser(false)
	r.awaitReady(t)
}

// A listing that fails is begun anew, on a new connection.
func TestListingFails(t *testing.T) {
	for _, path := range []string{"/asterisk/info", "/subscription", "/channels", "/bridges"} {
		server := asterisktest.NewServer(t)
		server.AddChannel(asterisktest.Channel{ID: "1.1", Name: "PJSIP/410-1"})
		server.Inject(asterisktest.Fault{Path: path, Status: 500, Message: "Internal error"})
		r := ready(t, server, nil)
		require.Equal(t, 1, r.index.Len(node), path)
	}
}

// A peer that vanishes without a word is noticed by its missing pongs.
func TestDeadPeer(t *testing.T) {
	server := asterisktest.NewServer(t)
	proxy := asterisktest.NewProxy(t, server.URL)
	cut := make(chan time.Time, 8)
	r := start(t, proxy.URL, server.Username, server.Password, func(o *asterisk.Options) {
		o.Timeouts.PingInterval, o.Timeouts.PingTimeout = 20*time.Millisecond, 300*time.Millisecond
		o.Timeouts.List = patience // so that the fault stays what it is until the next attempt succeeds
		o.Signal = func(s recording.Signal) bool {
			if s.Kind == recording.EventsCut {
				cut <- s.At
			}
			return true
		}
	})
	r.awaitReady(t)
	proxy.Freeze(true)
	frozen := time.Now()
	require.WithinDuration(t, frozen, <-cut, 100*time.Millisecond, "nothing has been heard since then, though it is noticed later")
	require.Eventually(t, func() bool { return !r.index.Ready(node) && r.status().Fault != "" }, patience, time.Millisecond)
	require.Equal(t, "Asterisk did not answer pings", r.status().Fault)
	proxy.Freeze(false)
	r.awaitReady(t)
}

// A signal for which there is no room costs a Resynced, not the connection and not the index.
func TestFullQueue(t *testing.T) {
	var full atomic.Bool
	got := make(chan recording.Signal, 64)
	b := newBed(t, func(o *asterisk.Options) {
		o.Signal = func(s recording.Signal) bool {
			if full.Load() {
				return false
			}
			got <- s
			return true
		}
	})
	require.Equal(t, recording.Resynced, (<-got).Kind)
	full.Store(true)
	b.server.HangUp(target)
	b.heard(t)
	_, ok := b.index.Get(node, target)
	require.False(t, ok, "the index is kept up to date all the same")
	require.True(t, b.index.Ready(node))
	full.Store(false)
	require.Equal(t, recording.Signal{Kind: recording.Resynced, Node: node}, without(<-got))
	require.Len(t, b.asked("GET /ari/channels"), 1, "nothing had to be listed again")
}

func without(s recording.Signal) recording.Signal { s.At = time.Time{}; return s }

// Of two clients with one name the first is thrown out. It says so, does not fight, and comes back when the other is gone.
func TestApplicationReplaced(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { quick(o); o.Instance = "twin" })
	second := build(t, b.server.URL, b.server.Username, b.server.Password, func(o *asterisk.Options) { quick(o); o.Instance = "twin" })
	second.Start(t.Context())
	second.awaitReady(t)
	require.Eventually(t, func() bool { return !b.index.Ready(node) && b.status().Fault != "" }, patience, time.Millisecond)
	require.Contains(t, b.status().Fault, "another client has taken over the ARI application lab-twin")
	require.Eventually(t, func() bool { return len(b.asked("GET /ari/applications/lab-twin")) > 5 }, patience, time.Millisecond, "it looks now and then")
	require.Len(t, b.asked("/events"), 2, "and does not come back")
	require.True(t, second.index.Ready(node))

	second.Close()
	b.awaitReady(t)
	require.Eventually(t, func() bool { return b.status().Fault == "" }, patience, time.Millisecond)
}

// Two instances on one Asterisk hear of each other's tracks; only the arrival of a snoop channel is for its owner alone.
func TestTwoInstances(t *testing.T) {
	b := newBed(t, nil)
	second := ready(t, b.server, nil)
	first, other := b.recorded(t), b.track()
	require.NoError(t, second.Snoop(t.Context(), node, other, "id"))
	_, err := second.Record(t.Context(), node, other.Name, recording.FormatWAV, 0)
	require.NoError(t, err)
	require.NoError(t, b.End(t.Context(), node, other.Name))
	require.NoError(t, b.End(t.Context(), node, first.Name))
	for _, r := range []rig{b.rig, second} {
		r.await(t, recording.TrackEnded, other.Name)
		r.await(t, recording.TrackEnded, first.Name)
	}
}

func TestSeveralNodes(t *testing.T) {
	first, second := asterisktest.NewServer(t), asterisktest.NewServer(t)
	second.AddChannel(asterisktest.Channel{ID: "2.2", Name: "PJSIP/410-1"})
	r := start(t, first.URL, first.Username, first.Password, func(o *asterisk.Options) {
		o.Nodes = append(o.Nodes, asterisk.NodeOptions{Name: "branch", URL: second.URL, Username: second.Username, Password: second.Password})
	})
	r.awaitReady(t)
	require.Eventually(t, func() bool { return r.index.Ready("branch") }, patience, time.Millisecond)
	_, err := r.LinkedID(t.Context(), node, "2.2")
	require.ErrorIs(t, err, recording.ErrChannelGone)
	linked, err := r.LinkedID(t.Context(), "branch", "2.2")
	require.NoError(t, err)
	require.Equal(t, "2.2", linked)
	first.CutEvents()
	require.True(t, r.index.Ready("branch"), "one node's trouble is its own")
	require.Equal(t, "branch", r.Status()[1].Name)
}
