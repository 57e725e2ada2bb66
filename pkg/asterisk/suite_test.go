package asterisk_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording/recordingtest"
)

// The adapter and the fake ARI server keep the port's promises together …
func TestSwitchOnFakeARI(t *testing.T) {
	recordingtest.SwitchSuite(t, func(t *testing.T) recordingtest.SwitchLab {
		server := asterisktest.NewServer(t)
		proxy := asterisktest.NewProxy(t, server.URL)
		r := start(t, proxy.URL, server.Username, server.Password, nil)
		r.awaitReady(t)
		dialled := 0
		return recordingtest.SwitchLab{
			Switch: r, Node: node, Application: application, Signals: r.signals,
			Dial: func() string {
				dialled++
				id := fmt.Sprintf("1795418220.%d", dialled)
				server.AddChannel(asterisktest.Channel{ID: id, Name: fmt.Sprintf("PJSIP/410-%08x", dialled)})
				return id
			},
			HangUp:      server.HangUp,
			SetReadOnly: server.SetSpoolReadOnly,
			SetDown:     proxy.Block,
		}
	})
}

// … and so do the adapter and a real Asterisk.
func TestSwitchOnAsterisk(t *testing.T) { asterisks(t, switchOnAsterisk) }

func switchOnAsterisk(t *testing.T, options lab.AsteriskOptions) {
	options.SystemName = "lab1"
	pbx := lab.NewAsterisk(t, options)
	recordingtest.SwitchSuite(t, func(t *testing.T) recordingtest.SwitchLab { return switchLab(t, pbx, options, "") })
}

// The same with the recording folder shared instead of files fetched over ARI.
func TestSwitchOnAsteriskWithSharedSpool(t *testing.T) { asterisks(t, switchOnAsteriskWithSharedSpool) }

func switchOnAsteriskWithSharedSpool(t *testing.T, options lab.AsteriskOptions) {
	pbx := lab.NewAsterisk(t, options)
	recordingtest.SwitchSuite(t, func(t *testing.T) recordingtest.SwitchLab { return switchLab(t, pbx, options, pbx.RecordingDir) })
}

func switchLab(t *testing.T, pbx *lab.Asterisk, options lab.AsteriskOptions, spool string) recordingtest.SwitchLab {
	proxy := asterisktest.NewProxy(t, pbx.URL)
	r := start(t, proxy.URL, pbx.Username, pbx.Password, func(o *asterisk.Options) { o.Nodes[0].SpoolDir = spool })
	r.awaitReady(t)
	calls := make(map[string]*sipCall)
	return recordingtest.SwitchLab{
		Switch: r, Node: node, Application: application, Signals: r.signals,
		Dial: func() string {
			call := place(t, pbx, lab.CallOptions{})
			calls[call.Callee.ID] = call
			return call.Callee.ID
		},
		HangUp:      func(uniqueID string) { calls[uniqueID].hangUp(t) },
		SetReadOnly: func(readOnly bool) { require.NoError(t, pbx.SetRecordingReadOnly(readOnly)) },
		SetDown:     proxy.Block,
		SharedSpool: spool != "",
	}
}

func TestEventsOnFakeARI(t *testing.T) {
	for _, vars := range []bool{false, true} {
		t.Run(fmt.Sprintf("channelvars=%t", vars), func(t *testing.T) {
			asterisktest.EventSuite(t, func(t *testing.T) asterisktest.EventLab { return fakeEvents(t, vars) })
		})
	}
}

func fakeEvents(t *testing.T, vars bool) asterisktest.EventLab {
	server := asterisktest.NewServer(t)
	server.SetChannelVars(vars)
	proxy := asterisktest.NewProxy(t, server.URL)
	r := start(t, proxy.URL, server.Username, server.Password, nil)
	calls := 0
	var ringing asterisktest.Legs
	ring := func() asterisktest.Legs {
		calls++
		ringing = asterisktest.Legs{Caller: fmt.Sprintf("%d.0", calls), Callee: fmt.Sprintf("%d.1", calls)}
		ann, bob := asterisktest.Party{Name: "Ann", Number: "411"}, asterisktest.Party{Name: "Bob", Number: "410"}
		server.AddChannel(asterisktest.Channel{ID: ringing.Caller, Name: "PJSIP/411-00000001", State: "Ring", Caller: ann})
		server.AddChannel(asterisktest.Channel{
			ID: ringing.Callee, LinkedID: ringing.Caller, Name: "PJSIP/410-00000002", State: "Ringing", Caller: bob, Connected: ann,
		})
		return ringing
	}
	answer := func() {
		up := func(c *asterisktest.Channel) { c.State = "Up" }
		server.Change(ringing.Callee, "ChannelStateChange", up)
		server.Change(ringing.Caller, "ChannelStateChange", up)
		server.Bridge("bridge-"+ringing.Caller, ringing.Callee, ringing.Caller)
	}
	return asterisktest.EventLab{
		Index: r.index, Node: node, Signals: r.signals, Linked: vars,
		Block: proxy.Block, Ring: ring, Answer: answer,
		Call: func() asterisktest.Legs { legs := ring(); answer(); return legs },
		Hold: server.Hold, Unhold: server.Unhold,
		HangUp: func(l asterisktest.Legs) { server.HangUp(l.Caller); server.HangUp(l.Callee) },
	}
}

func TestEventsOnAsterisk(t *testing.T) { asterisks(t, eventsOnAsterisk) }

func eventsOnAsterisk(t *testing.T, options lab.AsteriskOptions) {
	for _, vars := range []bool{false, true} {
		t.Run(fmt.Sprintf("channelvars=%t", vars), func(t *testing.T) {
			options.ChannelVars = vars
			pbx := lab.NewAsterisk(t, options)
			asterisktest.EventSuite(t, func(t *testing.T) asterisktest.EventLab { return realEvents(t, pbx, vars) })
		})
	}
}

func realEvents(t *testing.T, pbx *lab.Asterisk, vars bool) asterisktest.EventLab {
	proxy := asterisktest.NewProxy(t, pbx.URL)
	r := start(t, proxy.URL, pbx.Username, pbx.Password, nil)
	calls := make(map[asterisktest.Legs]*sipCall)
	var latest *sipCall
	call := func(options lab.CallOptions) asterisktest.Legs {
		latest = place(t, pbx, options)
		legs := asterisktest.Legs{Caller: latest.Caller.ID, Callee: latest.Callee.ID}
		calls[legs] = latest
		return legs
	}
	return asterisktest.EventLab{
		Index: r.index, Node: node, Signals: r.signals, Linked: vars,
		Block:  proxy.Block,
		Ring:   func() asterisktest.Legs { return call(lab.CallOptions{RingOnly: true}) },
		Answer: func() { require.NoError(t, latest.Answer(t.Context())) },
		Call:   func() asterisktest.Legs { return call(lab.CallOptions{}) },
		Hold:   func(string) { require.NoError(t, latest.Hold(t.Context(), lab.Callee)) },
		Unhold: func(string) { require.NoError(t, latest.Unhold(t.Context(), lab.Callee)) },
		HangUp: func(l asterisktest.Legs) { calls[l].hangUp(t) },
	}
}
