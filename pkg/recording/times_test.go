package recording

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Sets of times do as sets of seconds do.
func TestTimesAreSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const long = 30
		draw := func(name string) (set times, seconds [long]bool) {
			var pieces []piece
			for range rapid.IntRange(0, 5).Draw(t, name) {
				from, to := rapid.IntRange(0, long).Draw(t, "from"), rapid.IntRange(0, long).Draw(t, "to")
				pieces = append(pieces, piece{time.Duration(from), time.Duration(to)})
				for i := from; i < to; i++ {
					seconds[i] = true
				}
			}
			return timesOf(pieces...), seconds
		}
		a, inA := draw("a")
		b, inB := draw("b")
		with, within, without := a.with(b), a.within(b), a.without(b)
		holds := func(set times, i int) bool {
			for _, p := range set {
				if p.from <= time.Duration(i) && time.Duration(i) < p.to {
					return true
				}
			}
			return false
		}
		before := time.Duration(0)
		for i := range long {
			require.Equal(t, inA[i], holds(a, i))
			require.Equal(t, inA[i] || inB[i], holds(with, i))
			require.Equal(t, inA[i] && inB[i], holds(within, i))
			require.Equal(t, inA[i] && !inB[i], holds(without, i))
			require.Equal(t, before, a.before(time.Duration(i)))
			if inA[i] {
				before++
			}
		}
		for _, set := range []times{a, with, within, without} {
			for i := 1; i < len(set); i++ {
				require.Less(t, set[i-1].to, set[i].from, "apart and in order")
			}
		}
	})
}
