package faults

import (
	"fmt"
	"math"
	"slices"
	"time"

	"ari-recorder/deploy/lab/tone"
)

// tones looks for all voices in each second from the acknowledgement to the request for the end. Before there may be what an earlier request has
// begun that was not answered; afterwards, and where something was lost, one voice may end before the other.
func (e *Entry) tones(d Details, samples []int16, rate int) error {
	count := func(d time.Duration) int { return min(max(0, int(d.Seconds()*float64(rate))), len(samples)) }
	shortest, _ := e.bounds()
	unanswered := e.Began.To.Sub(e.Began.From)
	skipped, end := count(unanswered), count(shortest+unanswered)
	if end-skipped < rate/2 {
		return nil // too short to tell tones apart
	}
	for begin := skipped; ; begin += rate {
		begin = max(skipped, min(begin, end-rate)) // the last second overlaps
		w := window{e, d, samples[begin:min(begin+rate, end)], rate, time.Duration(begin) * time.Second / time.Duration(rate)}
		if err := w.judge(); err != nil || begin+rate >= end {
			return err
		}
	}
}

// window is a second of a recording's audio, at most.
type window struct {
	*Entry
	details Details
	samples []int16
	rate    int
	at      time.Duration // since the audio begins
}

func (w window) heard(hz float64) bool {
	return tone.Heard(w.samples, w.rate, hz) || w.choppy && w.heardInPieces(hz)
}

// heardInPieces tells whether a voice that is broken up is there in a fifth of the time.
func (w window) heardInPieces(hz float64) bool {
	there, tenths := 0, 0
	for tenth := range slices.Chunk(w.samples, w.rate/10) {
		tenths++
		if power := tone.Power(tenth, w.rate, hz); power > 1000*1000/2 && power > tone.Energy(tenth)/50 {
			there++
		}
	}
	return 5*there >= tenths
}

func (w window) judge() error {
	for _, hz := range w.Voices {
		if w.heard(hz) {
			continue
		}
		length := time.Duration(len(w.samples)) * time.Second / time.Duration(w.rate)
		if !w.lenient || !w.admitted(length) {
			return w.wrong("%v Hz is not in the second from %s, but %s; its gaps: %+v", hz, w.at, w.hears(hz), w.details.Gaps)
		}
		w.excused = true
	}
	if w.Turn == nil {
		return nil
	}
	return w.judgeTurn()
}

// judgeTurn wants who leaves before the transfer and not afterwards, and who comes afterwards, unless the service itself says that it may be amiss:
// it was not there to see him come.
func (w window) judgeTurn() error {
	length := time.Duration(len(w.samples)) * time.Second / time.Duration(w.rate)
	earliest, latest := w.Began.From.Add(w.at), w.Began.To.Add(w.at+length)
	switch {
	case latest.Before(w.Turn.At.From.Add(-slack)) && !w.heard(w.Turn.Leaves) && !w.admitted(length):
		return w.wrong("%v Hz, transferred later, is not in the second from %s, but %s; its gaps: %+v", w.Turn.Leaves, w.at, w.hears(w.Turn.Leaves), w.details.Gaps)
	case !earliest.After(w.Turn.At.To.Add(slack)) || w.admitted(length):
		return nil
	case w.heard(w.Turn.Leaves):
		return w.wrong("%v Hz, transferred before, is in the second from %s", w.Turn.Leaves, w.at)
	case w.Turn.Comes != 0 && !w.heard(w.Turn.Comes):
		return w.wrong("%v Hz, who came by a transfer, is not in the second from %s, but %s; its gaps: %+v", w.Turn.Comes, w.at, w.hears(w.Turn.Comes), w.details.Gaps)
	}
	return nil
}

// hears draws how loud a tone is in each tenth of the second, and how loud all is.
func (w window) hears(hz float64) string {
	var tones, all []int
	for tenth := range slices.Chunk(w.samples, w.rate/10) {
		tones, all = append(tones, int(math.Sqrt(tone.Power(tenth, w.rate, hz)))), append(all, int(math.Sqrt(tone.Energy(tenth))))
	}
	return fmt.Sprintf("it has amplitudes of %v in %v", tones, all)
}

// admitted tells whether the service says that the time is missing or not certain.
func (w window) admitted(length time.Duration) bool {
	return slices.ContainsFunc(w.details.Gaps, func(g Gap) bool {
		from, to := time.Duration(g.From)*time.Millisecond-slack, time.Duration(g.To)*time.Millisecond+slack
		return (g.Kind == "missing" || g.Kind == "uncertain") && from < w.at+length && w.at < to
	})
}
