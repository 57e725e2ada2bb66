package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab/tone"
)

// The judge must not be content with anything.
func TestTheLedgerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	const rate = 8000
	at := time.Now()
	began, ended := Span{at, at.Add(20 * time.Millisecond)}, Span{at.Add(3 * time.Second), at.Add(3100 * time.Millisecond)}
	entry := func() *Entry { return &Entry{ID: "id", Began: began, Ended: ended, Voices: []float64{440, 570}} }
	both := func(seconds float64) []int16 {
		a, b := tone.Sine(440, rate, int(seconds*rate)), tone.Sine(570, rate, int(seconds*rate))
		for i := range a {
			a[i] += b[i]
		}
		return a
	}
	judge := func(e *Entry, samples []int16) error {
		ms := int64(len(samples)) * 1000 / rate
		return e.hear(Details{DurationMS: &ms}, tone.WAV{Rate: rate, Channels: [][]int16{samples}})
	}
	require.NoError(t, judge(entry(), both(3)))
	require.ErrorContains(t, judge(entry(), both(2)), "its audio has 2s", "too short")
	require.ErrorContains(t, judge(entry(), both(4)), "its audio has 4s", "too long")
	require.ErrorContains(t, judge(entry(), append(both(2), tone.Sine(440, rate, rate)...)), "570 Hz is not in the second from 2s")

	lossy := entry()
	lossy.Lost = time.Second
	require.NoError(t, judge(lossy, both(2)))
	broken, voice := both(3), tone.Sine(570, rate, 3*rate)
	for i := range broken {
		if i/(rate/10)%2 == 0 { // pieces of it are late, so that the next ones begin anew
			broken[i] -= 2 * voice[i]
		}
	}
	chopped := entry()
	require.ErrorContains(t, judge(chopped, broken), "570 Hz is not in the second")
	chopped.choppy = true
	require.NoError(t, judge(chopped, broken))
	require.ErrorContains(t, judge(chopped, tone.Sine(440, rate, 3*rate)), "570 Hz is not in the second")
	paused := entry()
	paused.Rests = []Rest{{Out: Span{at.Add(time.Second), at.Add(time.Second)}, Back: Span{at.Add(2 * time.Second), at.Add(2 * time.Second)}}}
	require.NoError(t, judge(paused, both(2)))
	require.ErrorContains(t, judge(paused, both(3)), "its audio has 3s", "what was said in the pause is in it")

	perhaps := entry()
	perhaps.Rests = []Rest{{Out: Span{From: at.Add(2 * time.Second)}}}
	require.NoError(t, judge(perhaps, both(2)), "a pause that nobody has acknowledged may have been made")
	require.NoError(t, judge(perhaps, both(3)), "or not")
	require.ErrorContains(t, judge(perhaps, both(1)), "its audio has 1s")

	one, two, three := tone.Sine(440, rate, 3*rate), tone.Sine(570, rate, 3*rate), tone.Sine(710, rate, 3*rate)
	transferred := func(after []int16) []int16 {
		mixed := make([]int16, 3*rate)
		for i := range mixed {
			if mixed[i] = one[i] + two[i]; i >= rate {
				mixed[i] = one[i] + after[i]
			}
		}
		return mixed
	}
	turned := entry()
	turned.turned(Turn{At: Span{at.Add(time.Second), at.Add(time.Second)}, Leaves: 570, Comes: 710})
	require.NoError(t, judge(turned, transferred(three)))
	require.ErrorContains(t, judge(turned, transferred(make([]int16, 3*rate))), "710 Hz, who came by a transfer, is not")
	require.ErrorContains(t, judge(turned, transferred(two)), "570 Hz, transferred before, is in")

	failed := Details{State: "failed", Failure: &struct{ Code, Detail string }{"no_file", "why"}}
	require.ErrorContains(t, entry().failed(failed), "not true")
	lossy.Causes = []string{"no_file"}
	require.NoError(t, lossy.failed(failed))
}
