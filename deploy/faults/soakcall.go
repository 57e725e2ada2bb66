package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"ari-recorder/deploy/lab"
)

// caller makes one call after the other, each with some recordings, as an agent with a CRM would.
type caller struct {
	soak   *Soak
	dice   *rand.Rand
	number int
	calls  int
}

// persistence is how long a client repeats a request that is refused or not answered, and patience how long it waits in between.
const (
	persistence = 90 * time.Second
	patience    = 300 * time.Millisecond
)

// call makes a call and records it up to four times; the last recording may be ended by the end of the call.
func (c *caller) call(ctx context.Context) {
	c.calls++
	recordings, byHangUp := 1+c.dice.IntN(4), c.dice.IntN(2) == 0
	placing, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c.soak.still.RLock()
	life := c.soak.dead
	talk, err := c.soak.Site.PBX.Call(placing, c.options())
	c.soak.still.RUnlock()
	if err != nil {
		rest(ctx, time.Second) // Asterisk may just have been killed
		return
	}
	defer func() { _ = talk.Close() }() // cut off, its phones say so; that is no fault of the service
	var open *Entry
	for i := range recordings {
		if open != nil {
			return
		}
		if open = c.record(ctx, talk, life, fmt.Sprintf("caller %d, call %d, %d", c.number, c.calls, i)); open == nil {
			return
		}
		if i == recordings-1 && c.dice.IntN(4) == 0 && c.soak.Transfers {
			c.transferred(ctx, talk, open, life, byHangUp)
			return
		}
		c.talk(ctx, open, life)
		if i < recordings-1 || !byHangUp {
			if !c.stop(ctx, open, life) {
				return
			}
			open = nil
		}
	}
	c.hangUp(ctx, talk, open, life)
}

// options vary who calls whom. 410 to 419 are phones with tones of their own.
func (c *caller) options() lab.CallOptions {
	from := c.dice.IntN(10)
	to := (from + 1 + c.dice.IntN(9)) % 10
	return lab.CallOptions{From: fmt.Sprint(410 + from), To: fmt.Sprint(410 + to)}
}

// alive does something while Asterisk is surely not killed; it tells whether the call can still be there.
func (c *caller) alive(life int, work func()) bool {
	c.soak.still.RLock()
	defer c.soak.still.RUnlock()
	if c.soak.dead != life {
		return false
	}
	work()
	return true
}

// record starts a recording; nil if the call is gone, or nobody has acknowledged it for long.
func (c *caller) record(ctx context.Context, talk *lab.Call, life int, tag string) (e *Entry) {
	var first Span
	for until := time.Now().Add(persistence); e == nil && time.Now().Before(until); {
		var a Answer
		if !c.alive(life, func() {
			e, a, _ = c.soak.Site.Record(ctx, talk.Callee, tag, first, talk.Caller.Tone, talk.Callee.Tone) // what is not acknowledged is repeated
		}) {
			return nil
		}
		if first.From.IsZero() {
			first = a.Asked
		}
		if e == nil {
			rest(ctx, patience)
		}
	}
	return e
}

// talk lets the recording run for a while, with a pause or without.
func (c *caller) talk(ctx context.Context, e *Entry, life int) {
	rest(ctx, between(c.dice, 800*time.Millisecond, 3*time.Second))
	if c.dice.IntN(4) != 0 {
		return
	}
	paused := false
	for until := time.Now().Add(persistence); !paused && time.Now().Before(until); {
		if !c.alive(life, func() { paused = c.soak.Site.Pause(ctx, e) == nil }) {
			return
		}
		if !paused {
			rest(ctx, patience)
		}
	}
	rest(ctx, between(c.dice, 300*time.Millisecond, time.Second))
	for until := time.Now().Add(persistence); paused && time.Now().Before(until); {
		resumed := false
		if !c.alive(life, func() { resumed = c.soak.Site.Resume(ctx, e) == nil }) || resumed {
			break
		}
		rest(ctx, patience)
	}
	rest(ctx, time.Second)
}

// transferred lets the calling phone transfer the recorded one to a third, without asking that, and ends the recording with whom it talks then.
func (c *caller) transferred(ctx context.Context, talk *lab.Call, e *Entry, life int, byHangUp bool) {
	rest(ctx, between(c.dice, 1500*time.Millisecond, 3*time.Second))
	extension := c.other(talk)
	var third *lab.Third
	c.alive(life, func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		turn := Turn{At: Span{From: time.Now()}, Leaves: talk.Caller.Tone}
		var err error
		if third, err = talk.Refer(ctx, lab.Caller, extension); err == nil {
			if err = third.Answer(ctx); err == nil {
				turn.Comes = third.Tone
			}
		}
		turn.At.To = time.Now()
		e.turned(turn)
	})
	if third == nil {
		c.hangUp(ctx, talk, e, life)
		return
	}
	defer func() { _ = third.Close() }() // cut off, its phone says so; that is no fault of the service
	rest(ctx, between(c.dice, 1500*time.Millisecond, 3*time.Second))
	if byHangUp || c.stop(ctx, e, life) {
		open := e
		if !byHangUp {
			open = nil
		}
		c.end(ctx, third.HangUp, talk, open, life)
	}
}

// other is the extension of a phone that is not in the call.
func (c *caller) other(talk *lab.Call) string {
	for {
		extension := fmt.Sprint(410 + c.dice.IntN(10))
		if extension != talk.Caller.Extension && extension != talk.Callee.Extension {
			return extension
		}
	}
}

// stop ends a recording, and tells whether the call can still be there.
func (c *caller) stop(ctx context.Context, e *Entry, life int) bool {
	for until := time.Now().Add(persistence); time.Now().Before(until); {
		var a Answer
		var err error
		if !c.alive(life, func() { a, err = c.soak.Site.Finish(ctx, e) }) {
			return false
		}
		if err == nil && a.Status == http.StatusOK {
			return true
		}
		rest(ctx, patience)
	}
	return false
}

// hangUp ends the call, and with it the recording that is open, if any.
func (c *caller) hangUp(ctx context.Context, talk *lab.Call, open *Entry, life int) {
	c.end(ctx, talk.HangUp, talk, open, life)
}

// end ends the call as hangUp does, or else by taking its phones away.
func (c *caller) end(ctx context.Context, hangUp func(context.Context) error, talk *lab.Call, open *Entry, life int) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c.alive(life, func() {
		from := time.Now()
		if hangUp(ctx) != nil {
			_ = talk.Close() // its phones are gone, and their channels with them: the ledger judges what the service makes of it
		}
		if open != nil {
			if !open.Ended.From.IsZero() {
				from = open.Ended.From // a stop was asked for in vain
			}
			open.Ended = Span{from, time.Now()}
		}
	})
}
