package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab/tone"
)

// event is what these tests want of an ARI event.
type event struct {
	Type      string
	Channel   Channel
	Recording struct{ Name, State string }
	Bridge    struct{ Channels []string }
}

// events opens an ARI websocket that sees all channels and bridges. It is not opened with subscribeAll: that takes in device states, over
// which Asterisk locks up for good where such a websocket ends while one changes (asterisk/asterisk issue 2170). It is read at once, and not only when a test wants an event: Asterisk cuts slow readers off.
func events(t *testing.T, a *Asterisk) func(match func(event) bool) event {
	t.Helper()
	query := url.Values{"app": {"lab-test"}, "api_key": {a.Username + ":" + a.Password}}
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(a.URL, "http", "ws", 1)+"/events?"+query.Encode(), nil)
	require.NoError(t, err)
	require.NoError(t, a.request(t.Context(), http.MethodPost, "/applications/lab-test/subscription?eventSource=channel:,bridge:", nil))
	conn.SetReadLimit(1 << 20)
	seen := make(chan event, 100_000)
	go func() {
		defer close(seen)
		for {
			var e event
			if err := wsjson.Read(context.Background(), conn, &e); err != nil {
				return
			}
			seen <- e
		}
	}()
	t.Cleanup(func() {
		if err := conn.CloseNow(); err != nil {
			t.Log(err) // Asterisk was quicker
		}
		for range seen {
		}
	})
	return func(match func(event) bool) event {
		t.Helper()
		for {
			select {
			case e, open := <-seen:
				require.True(t, open, "the websocket has ended")
				if match(e) {
					return e
				}
			case <-time.After(20 * time.Second):
				require.Fail(t, "the event did not come")
			}
		}
	}
}

func of(kind string, leg Leg) func(event) bool {
	return func(e event) bool { return e.Type == kind && e.Channel.ID == leg.ID }
}

// record snoops on a channel and returns a second of what it heard.
func record(t *testing.T, a *Asterisk, next func(func(event) bool) event, leg Leg, spy string) tone.WAV {
	t.Helper()
	name := rand.Text()
	snoop := url.Values{"spy": {spy}, "app": {"lab-test"}, "snoopId": {name}}
	require.NoError(t, a.request(t.Context(), http.MethodPost, "/channels/"+url.PathEscape(leg.ID)+"/snoop?"+snoop.Encode(), nil))
	next(of("StasisStart", Leg{ID: name}))
	options := url.Values{"name": {name}, "format": {"wav"}, "maxDurationSeconds": {"1"}}
	require.NoError(t, a.request(t.Context(), http.MethodPost, "/channels/"+name+"/record?"+options.Encode(), nil))
	next(func(e event) bool { return e.Type == "RecordingFinished" && e.Recording.Name == name })
	require.NoError(t, a.HangUp(t.Context(), name))
	file, err := os.ReadFile(filepath.Join(a.RecordingDir, name+".wav"))
	require.NoError(t, err)
	wav, err := tone.ReadWAV(file)
	require.NoError(t, err)
	require.Len(t, wav.Channels, 1)
	return wav
}

// speaking is who of all phones and the music is heard in a recording.
func speaking(wav tone.WAV) (heard []float64) {
	for _, hz := range tones() {
		if tone.Heard(wav.Channels[0], wav.Rate, hz) {
			heard = append(heard, hz)
		}
	}
	return heard
}

func tones() (all []float64) {
	for _, p := range Phones {
		all = append(all, p.Tone)
	}
	return append(all, MusicTone)
}

func TestCallIsUpAndSpeaks(t *testing.T) { asterisks(t, callIsUpAndSpeaks) }

func callIsUpAndSpeaks(t *testing.T, options AsteriskOptions) {
	options.SystemName = "lab1"
	a := NewAsterisk(t, options)
	next := events(t, a)
	call := a.NewCall(t, CallOptions{From: "411", To: "410"})
	require.Regexp(t, `^lab1-\d+\.\d+$`, call.Caller.ID)
	require.Regexp(t, "^"+string(options.Technology)+"/411-[0-9a-f]{8}$", call.Caller.Name)
	require.Regexp(t, "^"+string(options.Technology)+"/410-[0-9a-f]{8}$", call.Callee.Name)
	channels, err := a.Channels(t.Context())
	require.NoError(t, err)
	require.Len(t, channels, 2)
	for _, c := range channels {
		require.Equal(t, "Up", c.State)
	}
	bridged, err := a.bridged(t.Context(), call.Caller.ID, call.Callee.ID)
	require.NoError(t, err)
	require.True(t, bridged)

	require.Equal(t, []float64{440, 570}, speaking(record(t, a, next, call.Callee, "both")))
	require.Equal(t, []float64{440}, speaking(record(t, a, next, call.Callee, "in")))

	require.NoError(t, call.Hold(t.Context(), Callee))
	next(of("ChannelHold", call.Callee))
	require.Equal(t, []float64{440}, speaking(record(t, a, next, call.Callee, "in")), "speaks into the hold")
	require.NoError(t, call.Unhold(t.Context(), Callee))
	next(of("ChannelUnhold", call.Callee))

	require.NoError(t, call.Hold(t.Context(), Caller))
	next(of("ChannelHold", call.Caller))
	require.NoError(t, call.Unhold(t.Context(), Caller))
	next(of("ChannelUnhold", call.Caller))
	require.Equal(t, []float64{440, 570}, speaking(record(t, a, next, call.Caller, "both")))

	require.NoError(t, call.HangUp(t.Context()))
	next(of("ChannelDestroyed", call.Callee))
	require.NoError(t, call.Ended(t.Context()))
}

func TestOwnTones(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	next := events(t, a)
	call := a.NewCall(t, CallOptions{From: "419", To: "north-office", CallerTone: 1090, CalleeTone: 710})
	require.Regexp(t, `^PJSIP/north-office-[0-9a-f]{8}$`, call.Callee.Name)
	require.Equal(t, []float64{710, 1090}, speaking(record(t, a, next, call.Caller, "both")))
}

func TestRinging(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	next := events(t, a)
	call := a.NewCall(t, CallOptions{RingOnly: true})
	channels, err := a.Channels(t.Context())
	require.NoError(t, err)
	states := map[string]string{}
	for _, c := range channels {
		states[c.ID] = c.State
	}
	require.Equal(t, map[string]string{call.Caller.ID: "Ring", call.Callee.ID: "Ringing"}, states)
	require.NoError(t, call.Answer(t.Context()))
	require.Equal(t, []float64{440, 570}, speaking(record(t, a, next, call.Callee, "both")))

	given := a.NewCall(t, CallOptions{From: "412", To: "413", RingOnly: true})
	require.NoError(t, given.HangUp(t.Context()))
	next(of("ChannelDestroyed", given.Callee))
}

func TestTwoCallsOnOneExtension(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	next := events(t, a)
	first, second := a.NewCall(t, CallOptions{From: "411"}), a.NewCall(t, CallOptions{From: "412", CalleeTone: 830})
	require.NotEqual(t, first.Callee.ID, second.Callee.ID)
	for _, leg := range []Leg{first.Callee, second.Callee} {
		require.Regexp(t, `^PJSIP/410-`, leg.Name)
	}
	require.Equal(t, []float64{440, 570}, speaking(record(t, a, next, first.Callee, "both")))
	require.NoError(t, a.HangUp(t.Context(), first.Callee.ID))
	require.NoError(t, first.Ended(t.Context()))
	require.Equal(t, []float64{710, 830}, speaking(record(t, a, next, second.Caller, "both")))
}

func TestApplication(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	next := events(t, a)
	for extension, heard := range map[string][]float64{"600": {570, MusicTone}, "602": {570}} {
		call := a.NewCall(t, CallOptions{To: extension})
		require.Empty(t, call.Callee)
		require.Error(t, call.Hold(t.Context(), Callee))
		require.Equal(t, heard, speaking(record(t, a, next, call.Caller, "both")), extension)
		require.NoError(t, call.HangUp(t.Context()))
	}
}

func TestUnknownExtension(t *testing.T) {
	a := NewAsterisk(t, AsteriskOptions{})
	_, err := a.Call(t.Context(), CallOptions{To: "999"})
	require.ErrorIs(t, err, errPhoneEnded)
	require.ErrorContains(t, err, "404")
}

func TestSixtyCalls(t *testing.T) {
	const calls = 60
	a := NewAsterisk(t, AsteriskOptions{})
	next := events(t, a)
	made, failed := make([]*Call, calls), make([]error, calls)
	var all sync.WaitGroup
	started := time.Now()
	for i := range calls {
		all.Go(func() {
			made[i], failed[i] = a.Call(t.Context(), CallOptions{From: Phones[i%10].Extension, To: Phones[(i+1)%11].Extension})
		})
	}
	all.Wait()
	t.Logf("%d calls in %v", calls, time.Since(started))
	require.NoError(t, errors.Join(failed...))
	channels, err := a.Channels(t.Context())
	require.NoError(t, err)
	require.Len(t, channels, 2*calls)
	require.Equal(t, []float64{440, 570}, speaking(record(t, a, next, made[0].Callee, "both")), "all of them speak")
	for _, call := range made {
		require.NoError(t, call.Close())
	}
	require.NoError(t, until(t.Context(), 10*time.Millisecond, func() (bool, error) {
		channels, err := a.Channels(t.Context())
		return len(channels) == 0, err
	}), "nothing is left in Asterisk")
}
