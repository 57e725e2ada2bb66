package recording

import (
	"time"

	"ari-recorder/pkg/mix"
)

// A score says which track is heard when in the audio of a recording that has one for each party, and what is not.
//
// The recorded channel is heard throughout. A party is heard while it talked with that. What the recorded channel hears is
// heard while nobody talked with it; and while somebody did of whom there is no track, instead of those of whom there is
// one, who are in it already. All times are on the clock; what was paused is taken out at the end.
type score struct {
	r      *Recording
	pauses times
	audio  []*mix.Audio // by track; nil: there is none
	runs   []times      // when each track recorded
	end    time.Duration
	talk   times // when anybody talked with the recorded channel
	gaps   []Gap
}

// unheard is the longest time that may be missing without a word: a track's place is known to 20 ms, and one that is begun
// when somebody joins comes a packet or two late.
const unheard = 100 * time.Millisecond

// backdate moves the beginning of a recording back whose own track would outlast its end: Asterisk's word that it records
// came late, and what was said then would stand too late. An end is never told early, so that it is the better witness. Where
// it is far off a clock was set, and where there are pauses it may be their ends that came late: then nothing is changed.
func (r *Recording) backdate(own *mix.Audio, pauses times) {
	if own == nil || len(pauses) > 0 || r.Tracks[0].StartedAt.IsZero() || r.EndedAt.IsZero() {
		return
	}
	late := r.Tracks[0].StartedAt.Add(own.Duration()).Sub(r.EndedAt)
	if late <= unheard+own.Duration()/clockDrift || late > latestStart {
		return
	}
	r.StartedAt, r.Tracks[0].StartedAt = r.StartedAt.Add(-late), r.Tracks[0].StartedAt.Add(-late)
	for i := range r.Gaps {
		r.Gaps[i].From, r.Gaps[i].To = r.Gaps[i].From+late, r.Gaps[i].To+late
	}
}

const (
	clockDrift  = 1000             // what Asterisk's timer and our clock may differ by: one in so many
	latestStart = 10 * time.Second // starts that take longer are given up
)

// newScore reads where the tracks lie. Audio is nil where there is none.
func newScore(r *Recording, pauses times, audio []*mix.Audio) *score {
	c := &score{r: r, pauses: pauses, audio: audio, runs: make([]times, len(r.Tracks))}
	for _, g := range r.Gaps {
		if g.Kind == GapUncertain && g.Channel == "" { // of missed events; the others are found anew
			c.gaps = append(c.gaps, g)
		}
	}
	for i, t := range r.Tracks {
		if audio[i] != nil && !t.StartedAt.IsZero() {
			c.runs[i] = c.ran(t.StartedAt.Sub(r.StartedAt), audio[i].Duration())
		}
	}
	for _, run := range c.runs {
		if len(run) > 0 {
			c.end = max(c.end, run[len(run)-1].to)
		}
	}
	if len(c.runs[0]) > 0 && !r.outlived() { // the others are hung up with it, one a moment later than the other
		c.end = c.runs[0][0].to
	}
	if audio[0] != nil && c.runs[0] == nil {
		c.runs[0] = c.begunWith()
		c.end = c.runs[0][0].to
	}
	for i := range r.Tracks {
		if audio[i] != nil && c.runs[i] == nil {
			c.runs[i] = c.endedWith(i)
			c.end = max(c.end, c.runs[i][0].to)
		}
	}
	return c
}

// outlived tells whether the recording went on without its channel.
func (r *Recording) outlived() bool {
	return !r.CallEndedAt.IsZero() && r.EndedAt.Sub(r.CallEndedAt) > time.Second
}

// ran is when a track recorded that began at a time and has so much audio: it stood still while it was paused.
func (c *score) ran(from, length time.Duration) times {
	to := from + length
	for _, p := range c.pauses {
		if p.from < to && p.to > from {
			to += p.to - max(p.from, from)
		}
	}
	return times{{from, to}}
}

// begunWith places the recorded channel's own track where nobody knows when it began: the process died as it did, so that it
// is where the recording begins. Its end may have been told late, by whoever found it.
func (c *score) begunWith() times {
	run := c.ran(0, c.audio[0].Duration())
	c.note(run, GapUncertain, c.r.UniqueID, "when this track began is not certain; it was placed at the beginning")
	return run
}

// endedWith places a track of which only the end is known: the process died before it could write when it had begun. One that
// would have begun before the recording has gone on when the others had ended.
func (c *score) endedWith(i int) times {
	end := c.end
	if spans := c.spans(i); len(spans) > 0 && c.end == 0 {
		end = spans[len(spans)-1].to
	}
	if end == 0 {
		end = c.r.EndedAt.Sub(c.r.StartedAt)
	}
	length := c.audio[i].Duration()
	from := end - length - c.pauses.within(times{{end - length, end}}).length()
	if from < -unheard {
		from, end = 0, c.ran(0, length)[0].to
	}
	c.gaps = append(c.gaps, Gap{max(0, from), end, GapUncertain, c.r.Tracks[i].UniqueID, "when this track began is not certain; it was placed by its end"})
	return times{{from, end}}
}

// spans are when the channel of a party's track talked.
func (c *score) spans(i int) times {
	var all []piece
	for _, s := range c.r.Tracks[i].Spans {
		to := c.end
		if !s.To.IsZero() {
			to = s.To.Sub(c.r.StartedAt)
		}
		all = append(all, piece{s.From.Sub(c.r.StartedAt), to})
	}
	return timesOf(all...).within(times{{0, max(c.end, 0)}})
}

// write returns what is heard of each track, on the clock, and completes the ledger.
func (c *score) write() []times {
	heard := make([]times, len(c.r.Tracks))
	present, recorded := c.parties()
	var anybody, missing times
	for _, uniqueID := range c.order() {
		lost := present[uniqueID].without(recorded[uniqueID]).without(c.pauses).longerThan(unheard)
		c.note(lost.within(c.whatIsHeard()), GapUncertain, uniqueID, "its own voice was not recorded then, only what the recorded channel heard")
		c.note(lost.without(c.whatIsHeard()).longerThan(unheard), GapMissing, uniqueID, "its voice was not recorded then")
		anybody, missing = anybody.with(present[uniqueID]), missing.with(lost)
	}
	c.talk = anybody
	instead := missing.within(c.whatIsHeard())
	var taken = make(map[string]times)
	for i, t := range c.r.Tracks {
		switch {
		case i == 0:
			heard[i] = c.runs[i].within(times{{0, c.end}})
		case t.Direction == DirectionIn:
			heard[i] = present[t.UniqueID].within(c.runs[i]).without(instead).without(taken[t.UniqueID])
			taken[t.UniqueID] = taken[t.UniqueID].with(heard[i])
		case t.Direction == DirectionOut:
			heard[i] = times{{0, c.end}}.without(anybody).with(instead).within(c.runs[i]).without(taken[""])
			taken[""] = taken[""].with(heard[i])
		}
	}
	c.note(times{{0, c.ownEnd()}}.without(c.runs[0]).without(c.pauses).longerThan(unheard), GapMissing, c.r.UniqueID, "its voice was not recorded then")
	c.note(c.pauses, GapPaused, "", "paused")
	return heard
}

// parties are, by channel, when each talked with the recorded one and when its voice was recorded.
func (c *score) parties() (present, recorded map[string]times) {
	present, recorded = make(map[string]times), make(map[string]times)
	for i, t := range c.r.Tracks {
		if i > 0 && t.Direction == DirectionIn {
			present[t.UniqueID] = present[t.UniqueID].with(c.spans(i))
			recorded[t.UniqueID] = recorded[t.UniqueID].with(c.runs[i])
		}
	}
	return present, recorded
}

// order are the parties' channels, each once, in the order of their tracks.
func (c *score) order() (ids []string) {
	seen := make(map[string]bool)
	for i, t := range c.r.Tracks {
		if i > 0 && t.Direction == DirectionIn && !seen[t.UniqueID] {
			seen[t.UniqueID], ids = true, append(ids, t.UniqueID)
		}
	}
	return ids
}

// whatIsHeard is when there is a track of what the recorded channel hears.
func (c *score) whatIsHeard() (all times) {
	for i, t := range c.r.Tracks {
		if t.Direction == DirectionOut {
			all = all.with(c.runs[i])
		}
	}
	return all
}

// ownEnd is until when the recorded channel could be heard.
func (c *score) ownEnd() time.Duration {
	if c.r.CallEndedAt.IsZero() {
		return c.end
	}
	return min(c.end, c.r.CallEndedAt.Sub(c.r.StartedAt))
}

func (c *score) note(t times, kind GapKind, channel, cause string) {
	for _, p := range t {
		c.gaps = append(c.gaps, Gap{p.from, p.to, kind, channel, cause})
	}
}

// voices are the pieces of tracks as they go into the mix.
func (c *score) voices(heard []times) (voices []voice) {
	for i, pieces := range heard {
		if c.audio[i] == nil || len(pieces) == 0 {
			continue
		}
		side := mix.Right
		if i == 0 {
			side = mix.Left
		}
		at := c.inAudio(c.runs[i][0].from)
		for _, p := range pieces.trimmed() { // each by itself, so that its level is known
			span := mix.Span{From: c.inAudio(p.from), To: c.inAudio(p.to)}
			voices = append(voices, voice{Track: mix.Track{Audio: c.audio[i], At: at, Spans: []mix.Span{span}, Side: side}, number: i, when: p})
		}
	}
	return voices
}

// voice is a piece of a track.
type voice struct {
	mix.Track
	number int
	when   piece // on the clock
}

// listen notes what should have been heard and was not, now that the levels are known.
func (c *score) listen(voices []voice, peak func(int) int) {
	loud := make(map[int]bool)
	for i, v := range voices {
		loud[v.number] = loud[v.number] || peak(i) >= silence
	}
	for i, v := range voices {
		t, own := c.r.Tracks[v.number], !loud[v.number]
		switch {
		case v.when.length() < time.Second/2 || peak(i) >= silence:
		case t.Direction == DirectionOut && c.talk.before(v.when.from) == 0: // it has never heard anybody: this may be right
		case t.Direction == DirectionOut:
			c.note(times{v.when}, GapSilent, t.UniqueID, "nothing was recorded of what it heard then; some versions of Asterisk do not let music and prompts be recorded after a talk")
		case own: // throughout: people who say nothing for a while are no fault
			c.note(times{v.when}, GapSilent, t.UniqueID, "not a sound came from it: it was muted, or its audio did not reach Asterisk")
		}
	}
}

// silence is the peak below which nothing was said: 60 dB below the loudest. The codecs of telephony make a few units of
// nothing.
const silence = 33

// inAudio is where a time on the clock lies in the audio.
func (c *score) inAudio(d time.Duration) time.Duration { return d - c.pauses.before(d) }
