package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/lab/tone"
)

// story is one of a call.
type story struct {
	name string
	tell func(*site)
}

// Every voice at its own source: what the contract says is in the file, to the tone, and nothing else. Where the recorded
// party stays to the end it is the same whether the recording follows its channel or the call.
func TestParties(t *testing.T) {
	for name, on := range map[string]struct {
		asterisk lab.AsteriskOptions
		follow   string
		stories  []story
	}{
		"follow channel": {newest, "channel", slices.Concat(stays, features, leaves)},
		"follow call":    {newest, "call", slices.Concat(stays, features)},
		"follow channel, Asterisk 16 on chan_sip": {oldSIP, "channel", slices.Concat(stays, features, leaves)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openOn(t, on.asterisk, map[string]string{"RECORDING_CAPTURE": "parties", "RECORDING_FOLLOW": on.follow})
			for _, story := range on.stories {
				t.Run(story.name, func(t *testing.T) { story.tell(s.in(t)) })
			}
		})
	}
}

var (
	stays = []story{
		{"a plain call", plainCall},
		{"music while on hold", musicOnHold},
		{"blind transfer by the other party", blindByOther},
		{"attended transfer by the other party", attendedByOther},
		{"paused while somebody joins", pausedMeanwhile},
		{"Local channels that stay", func(s *site) { throughLocal(s, lab.ViaLastingLocal) }},
		{"Local channels that go away", func(s *site) { throughLocal(s, lab.ViaLocal) }},
		{"redirected to music", redirected},
		{"a conference", conference},
		{"one who is alone", alone},
	}
	leaves = []story{
		{"blind transfer by the recorded party", blindByRecorded},
		{"attended transfer by the recorded party", attendedByRecorded},
	}
)

// in is the site for a test within the test.
func (s *site) in(t *testing.T) *site {
	service := *s.service
	service.t = t
	return &site{service: &service, pbx: s.pbx}
}

// hears insists on who is heard in a part of the audio: those, and nobody else who has a phone.
func (s *site) hears(wav tone.WAV, from, to time.Duration, tones ...float64) {
	s.t.Helper()
	s.hearsOn(wav, 0, from, to, tones...)
}

func (s *site) hearsOn(wav tone.WAV, channel int, from, to time.Duration, tones ...float64) {
	s.t.Helper()
	at := func(d time.Duration) int { return min(int(d.Seconds()*float64(wav.Rate)), len(wav.Channels[channel])) }
	part := wav.Channels[channel][at(from):at(to)]
	heard := []float64{}
	for _, p := range lab.Phones {
		if tone.Heard(part, wav.Rate, p.Tone) {
			heard = append(heard, p.Tone)
		}
	}
	if tone.Heard(part, wav.Rate, lab.MusicTone) {
		heard = append(heard, lab.MusicTone)
	}
	slices.Sort(tones)
	require.Equal(s.t, append([]float64{}, tones...), heard, "from %v to %v of %v", from, to, length(wav))
}

// hearsMusic insists on the recorded party alone with the music, or that the ledger says that there is none: Asterisk 22
// does not let a spy hear music that follows a talk whose RTP was numbered higher.
func (s *site) hearsMusic(wav tone.WAV, tag string, from, to time.Duration) {
	s.t.Helper()
	at := func(d time.Duration) int { return min(int(d.Seconds()*float64(wav.Rate)), len(wav.Channels[0])) }
	tones, gaps := []float64{ann}, s.gaps(tag)
	if tone.Heard(wav.Channels[0][at(from):at(to)], wav.Rate, lab.MusicTone) {
		tones = append(tones, lab.MusicTone)
		require.Empty(s.t, gaps)
	} else {
		require.Len(s.t, gaps, 1, "%+v", gaps)
		require.Equal(s.t, "silent", gaps[0].Kind)
		require.WithinRange(s.t, time.UnixMilli((from+to).Milliseconds()/2), time.UnixMilli(gaps[0].From), time.UnixMilli(gaps[0].To))
	}
	s.hears(wav, from, to, tones...)
}

// clock tells how much of a recording has passed.
type clock struct{ began time.Time }

func (c clock) now() time.Duration { return time.Since(c.began) }

// begin starts a recording and a clock with it.
func (s *site) begin(channel, tag string) clock {
	s.t.Helper()
	s.record(channel, tag)
	return clock{time.Now()}
}

// talked has phone 411 call 410, records that and lets them talk. What happens to the call then begins at away.
func (s *site) talked(tag string) (c *lab.Call, clock clock, away time.Duration) {
	s.t.Helper()
	c = s.call(lab.CallOptions{})
	clock = s.begin("410", tag)
	s.speak(1500 * time.Millisecond)
	return c, clock, clock.now()
}

// goOn lets what has happened to a call settle, and those talk who are in it now.
func (s *site) goOn(clock clock, settle time.Duration) (from, to time.Duration) {
	s.t.Helper()
	s.speak(settle)
	from = clock.now()
	s.speak(1500 * time.Millisecond)
	return from, clock.now()
}

// edge is kept away from where something changes: a place in the audio is known to some packets.
const edge = 100 * time.Millisecond

// gap is a line of the ledger.
type gap struct {
	From, To             int64
	Kind, Channel, Cause string
}

// starved is how much of a voice an Asterisk may lose on a machine that lets it wait: it leaves out the packets of that time,
// and the ledger says so. With three more processes than processors it was up to 280 ms of a call.
const starved = 400

// gaps are those of the newest recording with the tag, in the ledger's order, without such.
func (s *site) gaps(tag string) (list []gap) {
	s.t.Helper()
	a := s.fetch("/v1/recordings?tag="+tag, nil)
	require.Equal(s.t, http.StatusOK, a.status, a.body)
	var page struct {
		Recordings []struct {
			State string
			Gaps  []struct {
				From    int64 `json:"from_ms"`
				To      int64 `json:"to_ms"`
				Kind    string
				Channel string
				Cause   string
			}
		}
	}
	require.NoError(s.t, json.Unmarshal([]byte(a.body), &page))
	require.NotEmpty(s.t, page.Recordings, a.body)
	require.Equal(s.t, "available", page.Recordings[0].State)
	for _, g := range page.Recordings[0].Gaps {
		if voice := g.Channel != "" && g.Kind != "silent"; !voice || g.To-g.From >= starved {
			list = append(list, gap(g))
		}
	}
	return list
}

// patient bounds what a phone is asked to do.
func (s *site) patient() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	s.t.Cleanup(cancel)
	return ctx
}

// refer transfers without asking, and answers at the third phone.
func (s *site) refer(c *lab.Call, who lab.Side, extension string) *lab.Third {
	s.t.Helper()
	third, err := c.Refer(s.patient(), who, extension)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = third.Close() })
	require.NoError(s.t, third.Answer(s.patient()))
	return third
}

const ann, bob, carla = 440.0, 570.0, 710.0 // of 410, 411 and 412

func plainCall(s *site) {
	c := s.call(lab.CallOptions{})
	clock := s.begin("410", "plain")
	s.speak(2 * time.Second)
	end := clock.now()
	s.stop("410")
	s.noSnoops()
	s.hangUp(c)
	_, wav := s.hear("plain")
	require.InDelta(s.t, end.Seconds(), length(wav).Seconds(), 0.1)
	s.hears(wav, 0, end, ann, bob)
	s.hears(wav, 0, 350*time.Millisecond, ann, bob) // from the first moment on
	require.Empty(s.t, s.gaps("plain"))
}

func musicOnHold(s *site) {
	c := s.call(lab.CallOptions{})
	clock := s.begin("410", "hold")
	s.speak(time.Second)
	require.NoError(s.t, c.Hold(s.patient(), lab.Caller))
	held := clock.now()
	s.speak(1500 * time.Millisecond)
	back := clock.now()
	require.NoError(s.t, c.Unhold(s.patient(), lab.Caller))
	s.speak(edge)
	again := clock.now()
	s.speak(time.Second)
	end := clock.now()
	s.hangUp(c)
	_, wav := s.hear("hold")
	s.hears(wav, 0, held-2*edge, ann, bob)
	s.hearsMusic(wav, "hold", held+edge, back-edge) // the one who has pressed hold is not heard by the other
	s.hears(wav, again+edge, end-edge, ann, bob)
}

func blindByOther(s *site) {
	c, clock, away := s.talked("blind-other")
	third := s.refer(c, lab.Caller, "412")
	joined, end := s.goOn(clock, 3*edge)
	require.NoError(s.t, third.HangUp(s.patient()))
	_, wav := s.hear("blind-other")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, joined+edge, end-edge, ann, carla)
	require.InDelta(s.t, end.Seconds(), length(wav).Seconds(), 0.3)
	require.Empty(s.t, s.gaps("blind-other"))
}

func blindByRecorded(s *site) {
	c, _, away := s.talked("blind-own")
	third := s.refer(c, lab.Callee, "412")
	s.speak(time.Second)
	require.NoError(s.t, third.HangUp(s.patient()))
	_, wav := s.hear("blind-own")
	s.hears(wav, 0, away-edge, ann, bob)
	require.InDelta(s.t, away.Seconds(), length(wav).Seconds(), 0.4, "it ends with its channel")
	require.Empty(s.t, s.gaps("blind-own"))
}

// consult lets a phone of the call put the other on hold and talk with a third for a while.
func (s *site) consult(c *lab.Call, who lab.Side, extension string) *lab.Call {
	s.t.Helper()
	own := c.Caller.Extension
	if who == lab.Callee {
		own = c.Callee.Extension
	}
	require.NoError(s.t, c.Hold(s.patient(), who))
	second := s.call(lab.CallOptions{From: own, To: extension})
	s.speak(1500 * time.Millisecond)
	return second
}

func attendedByOther(s *site) {
	c, clock, away := s.talked("attended-other")
	second := s.consult(c, lab.Caller, "412")
	before := clock.now()
	require.NoError(s.t, c.Complete(s.patient(), lab.Caller, second))
	joined, end := s.goOn(clock, 4*edge)
	s.stop(c.Callee.ID)
	_, wav := s.hear2(c, second, "attended-other")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hearsMusic(wav, "attended-other", away+3*edge, before-edge) // not a word of the consultation
	s.hears(wav, joined+edge, end-edge, ann, carla)
}

// hear2 ends two calls that have become one and returns the audio.
func (s *site) hear2(first, second *lab.Call, tag string) (answer, tone.WAV) {
	s.t.Helper()
	_ = first.Close() // whoever has left the call already says so
	_ = second.Close()
	return s.hear(tag)
}

func attendedByRecorded(s *site) {
	c, clock, away := s.talked("attended-own")
	second := s.consult(c, lab.Callee, "412")
	before := clock.now()
	require.NoError(s.t, c.Complete(s.patient(), lab.Callee, second))
	s.speak(time.Second)
	_, wav := s.hear2(c, second, "attended-own")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, away+3*edge, before-edge, ann, bob) // what is said into the hold, by both; the third was on another channel
	require.InDelta(s.t, before.Seconds(), length(wav).Seconds(), 0.4)
}

func pausedMeanwhile(s *site) {
	c := s.call(lab.CallOptions{})
	id := s.record("410", "pause")
	clock := clock{time.Now()}
	s.speak(1500 * time.Millisecond)
	away := clock.now()
	s.control(id, "pause")
	third := s.refer(c, lab.Caller, "412")
	s.speak(time.Second)
	s.control(id, "resume")
	paused := clock.now() - away
	s.speak(1500 * time.Millisecond)
	end := clock.now() - paused
	require.NoError(s.t, third.HangUp(s.patient()))
	_, wav := s.hear("pause")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hears(wav, away+edge, end-edge, ann, carla)
	require.InDelta(s.t, end.Seconds(), length(wav).Seconds(), 0.3)
	gaps := s.gaps("pause")
	require.Len(s.t, gaps, 1, "%+v", gaps)
	require.Equal(s.t, "paused", gaps[0].Kind)
	require.InDelta(s.t, away.Milliseconds(), gaps[0].From, 150)
	require.InDelta(s.t, (away + paused).Milliseconds(), gaps[0].To, 150)
}

// control pauses or resumes.
func (s *site) control(id, what string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+"/v1/recordings/"+id+"/"+what, nil)
	require.NoError(s.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(s.t, http.StatusOK, response.StatusCode)
}

func throughLocal(s *site, via string) {
	c := s.call(lab.CallOptions{Via: via})
	tag := "local-" + via[1:]
	clock := s.begin("410", tag)
	s.speak(2 * time.Second)
	end := clock.now()
	s.hangUp(c)
	_, wav := s.hear(tag)
	s.hears(wav, 0, end-edge, ann, bob)
	require.Empty(s.t, s.gaps(tag))
}

func redirected(s *site) {
	c, clock, away := s.talked("redirect")
	s.command("channel redirect " + c.Callee.Name + " phones,600,1")
	there, end := s.goOn(clock, 3*edge)
	s.stop(c.Callee.ID)
	_ = c.Close() // the caller has left already
	_, wav := s.hear("redirect")
	s.hears(wav, 0, away-edge, ann, bob)
	s.hearsMusic(wav, "redirect", there+edge, end-edge)
}

func conference(s *site) {
	first := s.call(lab.CallOptions{From: "410", To: "610"})
	clock := s.begin("410", "conference")
	s.speak(time.Second)
	second := s.call(lab.CallOptions{From: "411", To: "610"})
	third := s.call(lab.CallOptions{From: "412", To: "610"})
	there, end := s.goOn(clock, 5*edge)
	for _, c := range []*lab.Call{first, second, third} {
		s.hangUp(c)
	}
	_, wav := s.hear("conference")
	s.hears(wav, there+edge, end-edge, ann, bob, carla)
	require.Empty(s.t, s.gaps("conference"))
}

func alone(s *site) {
	c := s.call(lab.CallOptions{From: "410", To: "600"})
	clock := s.begin("410", "alone")
	s.speak(1500 * time.Millisecond)
	end := clock.now()
	s.hangUp(c)
	_, wav := s.hear("alone")
	s.hears(wav, edge, end-edge, ann, lab.MusicTone)
	require.Empty(s.t, s.gaps("alone"))
}
