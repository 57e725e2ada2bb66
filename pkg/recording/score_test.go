package recording

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/mix"
	"ari-recorder/pkg/wav"
)

var origin = time.Date(2026, 11, 23, 7, 17, 2, 0, time.UTC)

func at(seconds float64) time.Time { return origin.Add(time.Duration(seconds * float64(time.Second))) }

// sounding makes audio of some seconds, of one value.
func sounding(seconds float64, value int16) *mix.Audio {
	n := int(seconds * 8000)
	file := wav.Info{Channels: 1, SampleRate: 8000, BitsPerSample: 16, DataBytes: int64(2 * n)}.Header()
	for range n {
		file = binary.LittleEndian.AppendUint16(file, uint16(value))
	}
	a, err := mix.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		panic(err)
	}
	return a
}

// part is a track of a scene: when it began, how much audio it has, and when its channel talked.
type part struct {
	channel string
	d       Direction
	from    float64 // seconds; below 0: not known
	length  float64 // 0: there is no file
	spans   [][2]float64
	value   int16
}

// scene is a recording that ran for ten seconds.
func scene(pauses times, parts ...part) *score {
	r := &Recording{UniqueID: "own", StartedAt: origin, EndedAt: at(10), Format: FormatWAV}
	var audio []*mix.Audio
	for i, p := range parts {
		t := Track{Number: i, UniqueID: p.channel, Direction: p.d}
		if p.from >= 0 {
			t.StartedAt = at(p.from)
		}
		for _, s := range p.spans {
			span := Span{From: at(s[0])}
			if s[1] > 0 {
				span.To = at(s[1])
			}
			t.Spans = append(t.Spans, span)
		}
		r.Tracks = append(r.Tracks, t)
		if p.length == 0 {
			audio = append(audio, nil)
		} else {
			audio = append(audio, sounding(p.length, p.value))
		}
	}
	return newScore(r, pauses, audio)
}

// A start of which Asterisk's word came late is dated by the end, which the own track cannot outlast.
func TestALateStartIsDatedByTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		began, length, ended float64
		pauses               times
		want                 float64
	}{
		"in time":                             {0, 10, 10, nil, 0},
		"a few packets late":                  {0.1, 10, 10, nil, 0.1},
		"late":                                {2, 10, 10, nil, 0},
		"the end came late, too":              {2, 10, 11, nil, 1},
		"two timers in an hour":               {0, 3600.5, 3600, nil, 0},
		"a clock that was set back":           {0, 10, -3590, nil, 0},
		"pauses of which the ends are unsure": {2, 10, 10, seconds(3, 5), 2},
	} {
		r := &Recording{StartedAt: at(c.began), EndedAt: at(c.ended), Tracks: []Track{{StartedAt: at(c.began)}, {StartedAt: at(3)}},
			Gaps: []Gap{{From: time.Second, To: 2 * time.Second}}}
		r.backdate(sounding(c.length, 1), c.pauses)
		moved := at(c.began).Sub(at(c.want))
		require.Equal(t, []time.Time{at(c.want), at(c.want), at(3)}, []time.Time{r.StartedAt, r.Tracks[0].StartedAt, r.Tracks[1].StartedAt}, name)
		require.Equal(t, []Gap{{From: time.Second + moved, To: 2*time.Second + moved}}, r.Gaps, name)
	}
}

func seconds(all ...float64) (t times) {
	for i := 0; i < len(all); i += 2 {
		t = append(t, piece{time.Duration(all[i] * float64(time.Second)), time.Duration(all[i+1] * float64(time.Second))})
	}
	return t
}

func ledger(c *score) (lines []string) {
	for _, g := range c.gaps {
		lines = append(lines, fmt.Sprintf("%s %s %v-%v", g.Kind, g.Channel, g.From.Seconds(), g.To.Seconds()))
	}
	return lines
}

func TestWhoIsHeardWhen(t *testing.T) {
	own, out := part{"own", DirectionIn, 0, 10, nil, 1}, part{"own", DirectionOut, 0, 10, nil, 1}
	for name, c := range map[string]struct {
		pauses times
		parts  []part
		heard  []times
		ledger []string
	}{
		"two who talk all the time": {nil, []part{own, out, {"bob", DirectionIn, 0, 10, [][2]float64{{-1, 0}}, 1}},
			[]times{seconds(0, 10), nil, seconds(0, 10)}, nil},
		"one who comes and goes and comes": {nil, []part{own, out, {"bob", DirectionIn, 1, 9, [][2]float64{{2, 4}, {6, 8}}, 1}},
			[]times{seconds(0, 10), seconds(0, 2, 4, 6, 8, 10), seconds(2, 4, 6, 8)}, nil},
		"a transfer": {nil, []part{own, out, {"bob", DirectionIn, 0, 5, [][2]float64{{0, 5}}, 1}, {"carla", DirectionIn, 5.5, 4.5, [][2]float64{{6, 0}}, 1}},
			[]times{seconds(0, 10), seconds(5, 6), seconds(0, 5), seconds(6, 10)}, nil},
		"one who is listened to too late": {nil, []part{own, out, {"bob", DirectionIn, 5, 5, [][2]float64{{3, 0}}, 1}},
			[]times{seconds(0, 10), seconds(0, 5), seconds(5, 10)}, []string{"uncertain bob 3-5"}},
		"one of two is missing: what the recorded channel hears has both": {nil, []part{own, out, {"bob", DirectionIn, 0, 10, [][2]float64{{0, 0}}, 1}, {"carla", DirectionIn, 0, 0, [][2]float64{{2, 4}}, 1}},
			[]times{seconds(0, 10), seconds(2, 4), seconds(0, 2, 4, 10), nil}, []string{"uncertain carla 2-4"}},
		"nothing in its place": {nil, []part{own, {"bob", DirectionIn, 0, 0, [][2]float64{{2, 4}}, 1}},
			[]times{seconds(0, 10), nil}, []string{"missing bob 2-4"}},
		"a packet too late is no gap": {nil, []part{own, out, {"bob", DirectionIn, 0.05, 9.95, [][2]float64{{0, 0}}, 1}},
			[]times{seconds(0, 10), nil, seconds(0.05, 10)}, nil},
		"the recorded party's own file is lost": {nil, []part{{"own", DirectionIn, 0, 0, nil, 1}, out, {"bob", DirectionIn, 0, 10, [][2]float64{{0, 0}}, 1}},
			[]times{nil, nil, seconds(0, 10)}, []string{"missing own 0-10"}},
		"two tracks of one channel": {nil, []part{own, {"bob", DirectionIn, 0, 4, [][2]float64{{0, 0}}, 1}, {"bob", DirectionIn, 3, 7, nil, 1}},
			[]times{seconds(0, 10), seconds(0, 4), seconds(4, 10)}, nil},
		"a pause": {seconds(2, 4), []part{{"own", DirectionIn, 0, 8, nil, 1}, {"bob", DirectionIn, 4, 6, [][2]float64{{3, 0}}, 1}},
			[]times{seconds(0, 10), seconds(4, 10)}, []string{"paused  2-4"}},
		"nobody knows when anything began, and the end was found late": {nil, []part{{"own", DirectionIn, -1, 6, nil, 1}, {"bob", DirectionIn, -1, 5, [][2]float64{{-1, 0}}, 1}},
			[]times{seconds(0, 6), seconds(1, 6)}, []string{"uncertain own 0-6", "uncertain bob 1-6", "missing bob 0-1"}},
		"nobody knows when anything began, and a party goes on": {nil, []part{{"own", DirectionIn, -1, 4, nil, 1}, {"bob", DirectionIn, -1, 9, [][2]float64{{0, 9}}, 1}},
			[]times{seconds(0, 4), seconds(0, 9)}, []string{"uncertain own 0-4", "uncertain bob 0-9", "missing own 4-9"}},
		"a beginning that nobody knows": {nil, []part{own, {"bob", DirectionIn, -1, 6, [][2]float64{{3, 0}}, 1}},
			[]times{seconds(0, 10), seconds(4, 10)}, []string{"uncertain bob 4-10", "missing bob 3-4"}},
	} {
		s := scene(c.pauses, c.parts...)
		heard := s.write()
		require.Equal(t, c.heard, heard, name)
		require.Equal(t, c.ledger, ledger(s), name)
	}
}

// After a pause all tracks stand as they did: what began in it, or behind it, too.
func TestPausesAreTakenOut(t *testing.T) {
	s := scene(seconds(2, 4, 6, 7), part{"own", DirectionIn, 0, 7, nil, 1}, part{"bob", DirectionIn, 1, 6, [][2]float64{{1, 0}}, 1},
		part{"carla", DirectionIn, 3, 5, [][2]float64{{3, 0}}, 1}, part{"dirk", DirectionIn, 8, 2, [][2]float64{{8, 9}}, 1})
	var places [][3]float64
	for _, v := range s.voices(s.write()) {
		if n := len(places); n > 0 && places[n-1][2] == v.Spans[0].From.Seconds() && v.number > 0 {
			places[n-1][2] = v.Spans[0].To.Seconds()
			continue
		}
		places = append(places, [3]float64{v.At.Seconds(), v.Spans[0].From.Seconds(), v.Spans[0].To.Seconds()})
	}
	require.Contains(t, places, [3]float64{1, 1, 7})
	require.Contains(t, places, [3]float64{2, 2, 7}, "it began in a pause, and its first sample is the first behind it")
	require.Contains(t, places, [3]float64{5, 5, 6})
}

func TestSilenceIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		parts []part
		want  []string
	}{
		"all speak": {[]part{{"own", DirectionIn, 0, 10, nil, 900}, {"bob", DirectionIn, 0, 10, [][2]float64{{0, 0}}, 900}}, nil},
		"one says nothing at all": {[]part{{"own", DirectionIn, 0, 10, nil, 900}, {"bob", DirectionIn, 0, 10, [][2]float64{{0, 0}}, 8}},
			[]string{"silent bob 0.25-9.75"}},
		"what is heard after a talk": {[]part{{"own", DirectionIn, 0, 10, nil, 900}, {"own", DirectionOut, 0, 10, nil, 0}, {"bob", DirectionIn, 0, 10, [][2]float64{{2, 4}}, 900}},
			[]string{"silent own 4.25-9.75"}},
		"a word is no silence": {[]part{{"own", DirectionIn, 0, 10, nil, 900}, {"bob", DirectionIn, 0, 10, [][2]float64{{0, 0.4}}, 0}}, nil},
	} {
		s := scene(nil, c.parts...)
		voices := s.voices(s.write())
		s.listen(voices, func(i int) int { return int(c.parts[voices[i].number].value) })
		require.Equal(t, c.want, ledger(s), name)
	}
}

func TestPausesOfATimeline(t *testing.T) {
	r := &Recording{StartedAt: origin, EndedAt: at(10)}
	e := func(kind EventKind, seconds float64) Event { return Event{Kind: kind, At: at(seconds)} }
	require.Equal(t, seconds(1, 2, 5, 10), pausesOf(r, []Event{
		e(EventStarted, 0), e(EventResumed, 0.5), e(EventPaused, 1), e(EventPaused, 1.5), e(EventResumed, 2), e(EventTag, 3), e(EventPaused, 5), e(EventEnded, 10),
	}))
	require.Empty(t, pausesOf(r, nil))
}
