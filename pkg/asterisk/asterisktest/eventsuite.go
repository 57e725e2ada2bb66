package asterisktest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// patience bounds whatever may take its time in a test, on a busy machine.
const patience = 20 * time.Second

// Legs are the uniqueids of a call from extension 411 to 410.
type Legs struct{ Caller, Callee string }

// EventLab is an adapter that keeps an index, with hands on the Asterisk behind it.
type EventLab struct {
	Index   *channels.Index
	Node    string
	Signals <-chan recording.Signal
	Block   func(blocked bool) // cuts the adapter off from Asterisk, or lets it come back
	Ring    func() Legs        // places a call that rings at 410
	Answer  func()             // lets the ringing call be answered
	Call    func() Legs        // places a call that is answered
	Hold    func(id string)    // lets the channel's phone hold
	Unhold  func(id string)    // and take back
	HangUp  func(l Legs)       // ends a call
	Linked  bool               // Asterisk sends linkedids
}

// EventSuite proves that the adapter's index shows what happens in Asterisk, also after the connection was lost. newLab
// is called for every test; what it makes is cleaned up by the test.
func EventSuite(t *testing.T, newLab func(*testing.T) EventLab) {
	for name, test := range map[string]func(*testing.T, EventLab){
		"a call is answered and bridged":     testCall,
		"a call rings":                       testRing,
		"hold is told by events":             testHold,
		"the end of a call":                  testEnd,
		"calls are listed after a reconnect": testReconnect,
		"what happened while we were away":   testAway,
		"an extension resolves":              testResolve,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			lab := newLab(t)
			lab.until(t, "the channels are known", func() bool { return lab.Index.Ready(lab.Node) })
			test(t, lab)
		})
	}
}

// until waits for the index to show something; the index tells nobody of its changes, so it is asked again and again.
func (l EventLab) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, patience, 5*time.Millisecond, what)
}

// shows waits until the channel is as wanted, and returns it.
func (l EventLab) shows(t *testing.T, id, what string, is func(channels.Channel) bool) channels.Channel {
	t.Helper()
	var c channels.Channel
	l.until(t, what, func() bool {
		var ok bool
		c, ok = l.Index.Get(l.Node, id)
		return ok && is(c)
	})
	return c
}

func (l EventLab) gone(t *testing.T, id string) {
	t.Helper()
	l.until(t, "the channel is gone", func() bool { _, ok := l.Index.Get(l.Node, id); return !ok })
}

func talking(c channels.Channel) bool { return c.State.Answered() && c.Bridged }

func testCall(t *testing.T, l EventLab) {
	legs := l.Call()
	caller := l.shows(t, legs.Caller, "the caller talks", talking)
	callee := l.shows(t, legs.Callee, "the callee talks", talking)
	require.Equal(t, "411", caller.Extension)
	require.Equal(t, "410", callee.Extension)
	require.Equal(t, caller.Bridge, callee.Bridge)
	require.Equal(t, "411", caller.Caller.Number)
	require.Equal(t, "411", callee.Connected.Number)
	require.Equal(t, channels.HoldOff, callee.Hold, "it was seen from its creation on")
	require.WithinDuration(t, time.Now(), callee.CreatedAt, patience)
	require.Regexp(t, `^(PJ)?SIP/410-[0-9a-f]{8}$`, callee.Name)
	require.Equal(t, []channels.Channel{callee, caller}, l.Index.Call(l.Node, legs.Callee))
	if l.Linked {
		require.Equal(t, legs.Caller, caller.LinkedID)
		require.Equal(t, legs.Caller, callee.LinkedID)
	} else {
		require.Empty(t, callee.LinkedID)
	}
}

func testRing(t *testing.T, l EventLab) {
	legs := l.Ring()
	l.shows(t, legs.Callee, "it rings", func(c channels.Channel) bool { return c.State == "Ringing" && !c.Bridged })
	l.Answer()
	l.shows(t, legs.Callee, "it is answered", talking)
	l.shows(t, legs.Caller, "the caller too", talking)
}

func testHold(t *testing.T, l EventLab) {
	legs := l.Call()
	l.shows(t, legs.Callee, "it talks", talking)
	l.Hold(legs.Callee)
	l.shows(t, legs.Callee, "it holds", func(c channels.Channel) bool { return c.Hold == channels.HoldOn })
	caller, _ := l.Index.Get(l.Node, legs.Caller)
	require.Equal(t, channels.HoldOff, caller.Hold, "the one that is held has pressed nothing")
	l.Unhold(legs.Callee)
	l.shows(t, legs.Callee, "it talks again", func(c channels.Channel) bool { return c.Hold == channels.HoldOff })
}

func testEnd(t *testing.T, l EventLab) {
	legs := l.Call()
	l.shows(t, legs.Callee, "it talks", talking)
	l.HangUp(legs)
	l.gone(t, legs.Callee)
	l.gone(t, legs.Caller)
	require.Zero(t, l.Index.Len(l.Node))
}

func testReconnect(t *testing.T, l EventLab) {
	legs := l.Call()
	before := l.shows(t, legs.Callee, "it talks", talking)
	l.Block(true)
	l.until(t, "the node is not ready", func() bool { return !l.Index.Ready(l.Node) })
	l.Block(false)
	l.until(t, "the channels are known again", func() bool { return l.Index.Ready(l.Node) })
	after := l.shows(t, legs.Callee, "it still talks", talking)
	require.Equal(t, channels.HoldUnknown, after.Hold, "no list tells it")
	before.Hold = channels.HoldUnknown
	require.Equal(t, before, after)
	l.resynced(t)
}

// resynced waits for the second Resynced: the first belongs to the start.
func (l EventLab) resynced(t *testing.T) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for count := 0; count < 2; {
		select {
		case s := <-l.Signals:
			if s.Kind == recording.Resynced && s.Node == l.Node {
				count++
			}
		case <-timer.C:
			require.FailNow(t, "no Resynced")
		}
	}
}

func testAway(t *testing.T, l EventLab) {
	ended := l.Call()
	l.shows(t, ended.Callee, "it talks", talking)
	l.Block(true)
	l.until(t, "the node is not ready", func() bool { return !l.Index.Ready(l.Node) })
	l.HangUp(ended)
	begun := l.Call()
	l.Block(false)
	l.until(t, "the channels are known again", func() bool { return l.Index.Ready(l.Node) })
	l.shows(t, begun.Callee, "the new call is known", talking)
	l.gone(t, ended.Callee)
	l.gone(t, ended.Caller)
}

func testResolve(t *testing.T, l EventLab) {
	legs := l.Call()
	l.shows(t, legs.Callee, "it talks", talking)
	l.shows(t, legs.Caller, "it talks", talking)
	found, err := l.Index.Resolve(channels.Query{Channel: "410"})
	require.NoError(t, err)
	require.Equal(t, legs.Callee, found.Channel.UniqueID)
	found, err = l.Index.Resolve(channels.Query{Channel: legs.Caller})
	require.NoError(t, err)
	require.Equal(t, "411", found.Channel.Extension)
}
