package asterisk_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	node        = "default"
	application = "lab"
	patience    = 20 * time.Second
)

// rig is a running adapter and what it reports.
type rig struct {
	*asterisk.Switch
	index   *channels.Index
	signals chan recording.Signal
}

// instances numbers the rigs: on one Asterisk each needs an ARI application of its own.
var instances atomic.Int64

// start runs an adapter for the node at the URL; change may adapt its options. It ends with the test.
func start(t *testing.T, url, username, password string, change func(*asterisk.Options)) rig {
	t.Helper()
	r := build(t, url, username, password, change)
	r.Start(t.Context())
	t.Cleanup(r.Close)
	return r
}

// build makes an adapter that is not started.
func build(t *testing.T, url, username, password string, change func(*asterisk.Options)) rig {
	t.Helper()
	r := rig{index: channels.NewIndex(node), signals: make(chan recording.Signal, 4096)}
	options := asterisk.Options{
		Nodes:       []asterisk.NodeOptions{{Name: node, URL: url, Username: username, Password: password}},
		Application: application,
		Instance:    fmt.Sprintf("test%d", instances.Add(1)),
		Index:       r.index,
		Signal:      func(s recording.Signal) bool { r.signals <- s; return true },
		Timeouts:    asterisk.Timeouts{RetryMin: 5 * time.Millisecond, RetryMax: 50 * time.Millisecond},
	}
	if change != nil {
		change(&options)
	}
	s, err := asterisk.New(options)
	require.NoError(t, err)
	r.Switch = s
	return r
}

// ready starts an adapter on a fake server and waits until it knows its channels.
func ready(t *testing.T, server *asterisktest.Server, change func(*asterisk.Options)) rig {
	t.Helper()
	r := start(t, server.URL, server.Username, server.Password, change)
	r.awaitReady(t)
	return r
}

func (r rig) awaitReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return r.index.Ready(node) }, patience, time.Millisecond)
}

// await waits for a signal, whatever comes before it.
func (r rig) await(t *testing.T, kind recording.Kind, name string) recording.Signal {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case s := <-r.signals:
			if s.Kind == kind && s.Name == name {
				return s
			}
		case <-timer.C:
			require.Failf(t, "no signal", "kind %d of %q", kind, name)
		}
	}
}

// status is the node's.
func (r rig) status() asterisk.NodeStatus { return r.Status()[0] }

// asterisks runs a test on the newest Asterisk that is promised and on the oldest, there with phones on chan_sip. Both at once: most of a test's
// time is waiting.
func asterisks(t *testing.T, test func(*testing.T, lab.AsteriskOptions)) {
	t.Helper()
	for _, options := range []lab.AsteriskOptions{{Root: lab.RootAsterisk, Technology: lab.PJSIP}, {Root: lab.RootAsterisk16, Technology: lab.SIP}} {
		t.Run(fmt.Sprintf("%s, %s", options.Root, options.Technology), func(t *testing.T) {
			t.Parallel()
			test(t, options)
		})
	}
}

// sipCall is a call on a real Asterisk.
type sipCall struct {
	*lab.Call
	ended bool
}

// place places a call. It is hung up with the test: phones that only fall silent would leave their channels behind.
func place(t *testing.T, pbx *lab.Asterisk, options lab.CallOptions) *sipCall {
	t.Helper()
	c := &sipCall{Call: pbx.NewCall(t, options)}
	t.Cleanup(func() {
		if !c.ended {
			c.hangUp(t)
		}
	})
	return c
}

func (c *sipCall) hangUp(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	c.ended = true
	require.NoError(t, c.HangUp(ctx))
}

// bed is an adapter on a fake server, with one answered channel to snoop on.
type bed struct {
	rig
	server *asterisktest.Server
	ids    int
}

const target = "1795418220.7"

func newBed(t *testing.T, change func(*asterisk.Options)) *bed {
	t.Helper()
	server := asterisktest.NewServer(t)
	server.AddChannel(asterisktest.Channel{ID: target, Name: "PJSIP/410-00000007"})
	return &bed{rig: ready(t, server, change), server: server}
}

// quick lets every wait of the adapter end soon.
func quick(o *asterisk.Options) {
	o.Timeouts.StasisStart = 50 * time.Millisecond
	o.Timeouts.Started = 50 * time.Millisecond
	o.Timeouts.Finished = 50 * time.Millisecond
	o.Timeouts.Replaced = 10 * time.Millisecond
}

// track names a track on the channel that is there.
func (b *bed) track() recording.Track {
	b.ids++
	id := fmt.Sprintf("01k9zzzzzzzzzzzzzzzzzzzz%02d", b.ids)
	return recording.Track{UniqueID: target, Direction: recording.DirectionBoth, Name: recording.TrackName(application, id, 0)}
}

// snooped makes a snoop channel.
func (b *bed) snooped(t *testing.T) recording.Track {
	t.Helper()
	track := b.track()
	require.NoError(t, b.Snoop(t.Context(), node, track, "an id"))
	return track
}

// recorded makes a running recording.
func (b *bed) recorded(t *testing.T) recording.Track {
	t.Helper()
	track := b.snooped(t)
	_, err := b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
	require.NoError(t, err)
	return track
}

// heard returns once the adapter has read all events so far.
func (b *bed) heard(t *testing.T) {
	t.Helper()
	require.NoError(t, b.server.Heard(t.Context()))
}

// asked returns the lines of the requests that hold part, in order.
func (b *bed) asked(part string) []string {
	var lines []string
	for _, request := range b.server.Requests() {
		if strings.Contains(request.Line, part) {
			lines = append(lines, request.Line)
		}
	}
	return lines
}
