package lab

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// A tone that is near another's harmonic would be heard where nobody speaks it.
func TestTonesAreApart(t *testing.T) {
	for i, a := range tones() {
		require.Zero(t, math.Mod(a, 10), "loops of a second must hold whole periods")
		for j, b := range tones() {
			for harmonic := 1.0; harmonic <= 3 && i != j; harmonic++ {
				require.GreaterOrEqual(t, math.Abs(a-harmonic*b), 20.0, "%v and %v times %v", a, harmonic, b)
			}
		}
	}
}
