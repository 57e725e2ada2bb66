package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// soakFault is something that can go wrong. Its work returns what it did when all is whole again.
type soakFault struct {
	weight int
	work   func(*Soak, context.Context, *rand.Rand, time.Duration) (string, error)
}

var soakFaults = []soakFault{
	{4, killService}, {1, killAsterisk}, {2, killMariaDB}, {3, lasting("connections to Asterisk were cut", cutEvents)}, {2, dropPackets},
	{2, lasting("events were read slowly", slowEvents)}, {2, lasting("the service stood still", suspendService)},
	{3, lasting("connections to MariaDB were cut", blockDatabase)}, {2, lasting("packets to and from MariaDB were dropped", freezeDatabase)},
	{6, answerAmiss}, {4, mixEvents},
}

func choose(dice *rand.Rand) soakFault {
	total := 0
	for _, f := range soakFaults {
		total += f.weight
	}
	at := dice.IntN(total)
	for _, f := range soakFaults {
		if at -= f.weight; at < 0 {
			return f
		}
	}
	panic("unreachable")
}

func killService(k *Soak, ctx context.Context, _ *rand.Rand, d time.Duration) (string, error) {
	k.Site.Kill()
	rest(ctx, d)
	return "the service was killed", k.Site.Start(ctx)
}

// killAsterisk ends every call, and costs each open recording what was not written.
func killAsterisk(k *Soak, ctx context.Context, _ *rand.Rand, d time.Duration) (string, error) {
	const name = "Asterisk was killed"
	k.still.Lock()
	defer k.still.Unlock()
	k.dead++
	from := time.Now()
	if err := k.Site.PBX.Kill(); err != nil {
		return name, err
	}
	for _, e := range k.Site.Entries() {
		e.cut(Span{from, time.Now()})
	}
	rest(ctx, d)
	return name, k.Site.PBX.Restart(ctx)
}

// CutByAsterisk is how much of a recording Asterisk has not written when it is killed, at most: it writes 32 KiB at once.
const CutByAsterisk = 2100 * time.Millisecond

// cut notes that Asterisk was killed in the span, if the recording was not known to have ended before.
func (e *Entry) cut(at Span) {
	if !e.Ended.To.IsZero() && !e.pending {
		return
	}
	if e.Ended.From.IsZero() {
		e.Ended.From = at.From
	}
	e.Ended.To, e.pending, e.Lost = at.To, false, CutByAsterisk
	e.Causes = []string{"no_audio", "no_file"} // where not one byte was written
}

func killMariaDB(k *Soak, ctx context.Context, _ *rand.Rand, d time.Duration) (string, error) {
	const name = "MariaDB was killed"
	if err := k.DB.Kill(); err != nil {
		return name, err
	}
	rest(ctx, d)
	return name, k.DB.Restart(ctx)
}

// lasting is a fault that is switched on and off again.
func lasting(name string, turn func(k *Soak, on bool) error) func(*Soak, context.Context, *rand.Rand, time.Duration) (string, error) {
	return func(k *Soak, ctx context.Context, _ *rand.Rand, d time.Duration) (string, error) {
		if err := turn(k, true); err != nil {
			return name, err
		}
		rest(ctx, d)
		return name, turn(k, false)
	}
}

func cutEvents(k *Soak, on bool) error {
	k.Site.ARI.Block(on)
	return nil
}

// dropPackets lasts twice as long: a dead connection is found out no sooner.
func dropPackets(k *Soak, ctx context.Context, _ *rand.Rand, d time.Duration) (string, error) {
	k.Site.ARI.Freeze(true)
	rest(ctx, 2*d)
	k.Site.ARI.Freeze(false)
	return "packets to and from Asterisk were dropped, twice as long as", nil
}

func slowEvents(k *Soak, on bool) error {
	if on {
		k.Site.ARI.Slow(500 * time.Millisecond)
	} else {
		k.Site.ARI.Slow(0)
	}
	return nil
}

func suspendService(k *Soak, on bool) error { return k.Site.Suspend(on) }

func blockDatabase(k *Soak, on bool) error {
	k.Site.SQL.Block(on)
	return nil
}

func freezeDatabase(k *Soak, on bool) error {
	k.Site.SQL.Freeze(on)
	return nil
}

// Commands are those of the paths of start and stop.
var Commands = []string{
	"snoop", "set variable", "get variable", "record", "look for file", "hang up", "look for live recording", "fetch file", "delete file",
}

// Amiss are answers that ARI should not give.
var Amiss = []struct {
	Name string
	Fate Fate
}{
	{"500", Fate{Kind: Instead, Status: http.StatusInternalServerError, Body: `{"message":"Internal Server Error"}`}},
	{"503", Fate{Kind: Instead, Status: http.StatusServiceUnavailable, Body: `{"message":"Asterisk not booted"}`}},
	{"garbage", Fate{Kind: Instead, Status: http.StatusOK, Body: "<html>It works!</html>"}},
	{"nothing", Fate{Kind: Lose}},
}

func answerAmiss(k *Soak, ctx context.Context, dice *rand.Rand, d time.Duration) (string, error) {
	step := Step{Commands[dice.IntN(len(Commands))], []Moment{Asked, Answered}[dice.IntN(2)]}
	amiss := Amiss[dice.IntN(len(Amiss))]
	k.Site.ARI.On(func(s Step) Fate {
		if s == step {
			return amiss.Fate
		}
		return Fate{}
	})
	rest(ctx, d)
	k.Site.ARI.On(nil)
	return fmt.Sprintf("%s was answered, %s", amiss.Name, step), nil
}

func mixEvents(k *Soak, ctx context.Context, dice *rand.Rand, d time.Duration) (string, error) {
	kind := dice.IntN(3)
	k.Site.ARI.On(func(s Step) Fate {
		if s.Moment != Told {
			return Fate{}
		}
		return Fate{Kind: []FateKind{Twice, Late, Lose}[kind]}
	})
	rest(ctx, d)
	k.Site.ARI.On(nil)
	return "events came " + []string{"twice", "out of order", "not at all"}[kind], nil
}
