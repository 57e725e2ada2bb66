package faults

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"ari-recorder/deploy/lab"
)

// Soak is a site under load at which faults happen at random: which, when and for how long is decided by its seed.
type Soak struct {
	Site    *Site
	DB      *lab.Database
	Seed    uint64
	Time    time.Duration
	Callers int       // calls at once
	Out     io.Writer // is told of each fault

	Transfers bool // some calls are transferred while they are recorded

	still sync.RWMutex // held for writing while Asterisk is killed: no request is on its way, and every entry is known to be open or ended
	dead  int          // how often Asterisk was killed
	begun time.Time
}

// soakSettle is how long everything may take to be stored after the last call: there are thousands to judge.
const soakSettle = 2 * time.Minute

// Run makes calls and faults for the time that was set, and then judges every recording that was acknowledged.
func (k *Soak) Run(ctx context.Context) (Tally, error) {
	k.begun, k.Site.Lenient = time.Now(), true
	limited, cancel := context.WithTimeout(ctx, k.Time)
	defer cancel()
	var callers sync.WaitGroup
	for i := range k.Callers {
		callers.Go(func() {
			c := &caller{soak: k, dice: k.dice(uint64(i + 1)), number: i}
			for limited.Err() == nil {
				c.call(ctx)
			}
		})
	}
	err := k.faults(limited, ctx)
	callers.Wait()
	if err != nil {
		return Tally{}, err
	}
	if err := k.Site.Ready(ctx); err != nil {
		return Tally{}, err
	}
	return k.Site.Settle(ctx, soakSettle)
}

func (k *Soak) dice(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(k.Seed, stream)) }

// faults lets one fault follow the other until the time is over; what a fault has broken is whole again when it returns.
func (k *Soak) faults(limited, ctx context.Context) error {
	dice := k.dice(0)
	for {
		gap, length := between(dice, 2*time.Second, 8*time.Second), between(dice, time.Second, 6*time.Second)
		fault := choose(dice)
		if rest(limited, gap); !time.Now().Before(k.begun.Add(k.Time)) {
			return nil
		}
		name, err := fault.work(k, ctx, dice, length)
		k.tell("%s for %s", name, length.Round(100*time.Millisecond))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (k *Soak) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(k.Out, "%6.1fs %s, %d acknowledged so far\n", time.Since(k.begun).Seconds(), fmt.Sprintf(format, args...), len(k.Site.Entries()))
}

// between is a duration from low to high.
func between(dice *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(dice.Int64N(int64(high-low)))
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
