package mix_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ari-recorder/pkg/mix"
	"ari-recorder/pkg/wav"
)

// file is a WAV of one channel.
func file(rate int, samples ...int16) []byte {
	b := wav.Info{Channels: 1, SampleRate: rate, BitsPerSample: 16, DataBytes: int64(2 * len(samples))}.Header()
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func audio(t require.TestingT, file []byte) *mix.Audio {
	a, err := mix.Open(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	return a
}

// mixed reads a mix to its end and takes it apart: its header must be right for its bytes.
func mixed(t require.TestingT, m *mix.Mix, channels int) []int16 {
	b, err := io.ReadAll(m)
	require.NoError(t, err)
	require.EqualValues(t, m.Size(), len(b))
	info, err := wav.Inspect(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	require.False(t, info.NeedsRepair)
	require.Equal(t, channels, info.Channels)
	require.Equal(t, m.Duration(), info.Duration)
	samples := []int16{}
	for i := info.DataOffset; i < int64(len(b)); i += 2 {
		samples = append(samples, int16(binary.LittleEndian.Uint16(b[i:])))
	}
	return samples
}

// At 1000 Hz a frame is a millisecond.
const ms = time.Millisecond

var always = []mix.Span{{0, time.Hour}}

func TestPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		tracks []mix.Track
		want   []int16
	}{
		"one":          {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3)), Spans: always}}, []int16{1, 2, 3}},
		"none":         {nil, []int16{}},
		"no span":      {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3))}}, []int16{}},
		"later":        {[]mix.Track{{Audio: audio(t, file(1000, 1, 2)), At: 2 * ms, Spans: always}}, []int16{0, 0, 1, 2}},
		"earlier":      {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3)), At: -2 * ms, Spans: always}}, []int16{3}},
		"nearest":      {[]mix.Track{{Audio: audio(t, file(1000, 1)), At: 1600 * time.Microsecond, Spans: always}}, []int16{0, 0, 1}},
		"two spans":    {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3, 4, 5)), Spans: []mix.Span{{3 * ms, 4 * ms}, {0, ms}}}}, []int16{1, 0, 0, 4}},
		"overlapping":  {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3)), Spans: []mix.Span{{0, 2 * ms}, {ms, 3 * ms}, {ms, ms}}}}, []int16{1, 2, 3}},
		"upside down":  {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3)), Spans: []mix.Span{{2 * ms, ms}}}}, []int16{}},
		"sum":          {[]mix.Track{{Audio: audio(t, file(1000, 1, 2, 3)), Spans: always}, {Audio: audio(t, file(1000, 10, 20)), At: ms, Spans: always}}, []int16{1, 12, 23}},
		"too loud":     {[]mix.Track{{Audio: audio(t, file(1000, math.MaxInt16, math.MinInt16)), Spans: always}, {Audio: audio(t, file(1000, 1, -1)), Spans: always}}, []int16{math.MaxInt16, math.MinInt16}},
		"empty beside": {[]mix.Track{{Audio: audio(t, file(1000)), Spans: always}, {Audio: audio(t, file(1000, 7)), Spans: always}}, []int16{7}},
	} {
		m, err := mix.New(1000, 1, c.tracks...)
		require.NoError(t, err, name)
		require.Equal(t, c.want, mixed(t, m, 1), name)
	}
}

func TestSides(t *testing.T) {
	m, err := mix.New(1000, 2,
		mix.Track{Audio: audio(t, file(1000, 1, 2)), Spans: always, Side: mix.Left},
		mix.Track{Audio: audio(t, file(1000, 10, 20)), Spans: always, Side: mix.Right},
		mix.Track{Audio: audio(t, file(1000, 100)), At: ms, Spans: always, Side: mix.Right},
		mix.Track{Audio: audio(t, file(1000, 1000)), Spans: always})
	require.NoError(t, err)
	require.Equal(t, []int16{1001, 1010, 2, 120}, mixed(t, m, 2))
}

func TestPeaksAreOfWhatCounts(t *testing.T) {
	m, err := mix.New(1000, 1,
		mix.Track{Audio: audio(t, file(1000, 5, -7, 900)), Spans: []mix.Span{{0, 2 * ms}}},
		mix.Track{Audio: audio(t, file(1000, 0, 0, 0)), Spans: always},
		mix.Track{Audio: audio(t, file(1000, math.MinInt16)), Spans: always})
	require.NoError(t, err)
	mixed(t, m, 1)
	require.Equal(t, []int{7, 0, 32768}, []int{m.Peak(0), m.Peak(1), m.Peak(2)})
}

// A file that Asterisk did not close has sizes of 0 in front of good samples.
func TestAFileThatWasNotClosed(t *testing.T) {
	cut := file(8000, 1, 2, 3)
	clear(cut[4:8])
	clear(cut[40:44])
	require.Equal(t, 375*time.Microsecond, audio(t, append(cut, 9)).Duration(), "half a sample is none")
}

func TestWhatCannotBeMixed(t *testing.T) {
	stereo := wav.Info{Channels: 2, SampleRate: 8000, BitsPerSample: 16}.Header()
	for name, bad := range map[string][]byte{"empty": nil, "text": []byte("no audio at all"), "cut": file(8000, 1)[:30], "stereo": stereo} {
		_, err := mix.Open(bytes.NewReader(bad), int64(len(bad)))
		require.ErrorIs(t, err, mix.ErrUnfit, name)
	}
	_, err := mix.New(8000, 1, mix.Track{Audio: audio(t, file(16000, 1)), Spans: always})
	require.ErrorContains(t, err, "16000 Hz")
	_, err = mix.New(8000, 1, mix.Track{Audio: audio(t, file(8000, 1)), At: 100 * time.Hour, Spans: []mix.Span{{0, 200 * time.Hour}}})
	require.ErrorIs(t, err, mix.ErrUnfit, "longer than a WAV can be")
	for _, channels := range []int{0, 3} {
		_, err = mix.New(8000, channels)
		require.Error(t, err)
	}
}

// failing is a file whose disk breaks behind the header.
type failing struct{ io.ReaderAt }

var errDisk = errors.New("the disk is broken")

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if at >= 44 {
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, at)
}

func TestAnErrorOfATrackEndsTheMix(t *testing.T) {
	b := file(8000, 1, 2, 3)
	a, err := mix.Open(failing{bytes.NewReader(b)}, int64(len(b)))
	require.NoError(t, err)
	m, err := mix.New(8000, 1, mix.Track{Audio: a, Spans: always})
	require.NoError(t, err)
	_, err = io.ReadAll(m)
	require.ErrorIs(t, err, errDisk)
}

// slow is the mix as a child would write it: sample for sample, all in memory.
func slow(rate, channels int, tracks []mix.Track, samples [][]int16) []int16 {
	at := func(d time.Duration) int { return int(math.Round(d.Seconds() * float64(rate))) }
	counts := func(t mix.Track, frame int) bool {
		for _, s := range t.Spans {
			if frame >= at(s.From) && frame < at(s.To) {
				return true
			}
		}
		return false
	}
	sums := map[[2]int]int{}
	last := -1
	for i, t := range tracks {
		for n, sample := range samples[i] {
			frame := at(t.At) + n
			if frame < 0 || !counts(t, frame) {
				continue
			}
			last = max(last, frame)
			for channel := range channels {
				if channels == 1 || t.Side == mix.Both || int(t.Side-mix.Left) == channel {
					sums[[2]int{frame, channel}] += int(sample)
				}
			}
		}
	}
	out := []int16{}
	for frame := 0; frame <= last; frame++ {
		for channel := range channels {
			out = append(out, int16(min(max(sums[[2]int{frame, channel}], math.MinInt16), math.MaxInt16)))
		}
	}
	return out
}

func TestLikeTheNaiveMix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const rate = 8000
		channels := rapid.IntRange(1, 2).Draw(t, "channels")
		moment := rapid.Custom(func(t *rapid.T) time.Duration { // whole microseconds, as the domain has them
			return time.Duration(rapid.IntRange(-300_000, 1_500_000).Draw(t, "µs")) * time.Microsecond
		})
		var tracks []mix.Track
		var samples [][]int16
		for range rapid.IntRange(0, 4).Draw(t, "tracks") {
			some := rapid.SliceOfN(rapid.Int16(), 0, 64).Draw(t, "samples")
			var own []int16
			for range rapid.IntRange(1, 200).Draw(t, "times") { // longer than a block without drawing each sample
				own = append(own, some...)
			}
			track := mix.Track{Audio: audio(t, file(rate, own...)), At: moment.Draw(t, "at"), Side: mix.Side(rapid.IntRange(0, 2).Draw(t, "side"))}
			for range rapid.IntRange(0, 3).Draw(t, "spans") {
				track.Spans = append(track.Spans, mix.Span{From: moment.Draw(t, "from"), To: moment.Draw(t, "to")})
			}
			tracks, samples = append(tracks, track), append(samples, own)
		}
		m, err := mix.New(rate, channels, tracks...)
		require.NoError(t, err)
		require.Equal(t, slow(rate, channels, tracks, samples), mixed(t, m, channels))
	})
}

// Whatever the bytes and places are, the mix is as long as it says, and holds no more than the tracks reach.
func FuzzMix(f *testing.F) {
	f.Add(file(8000, 1, 2, 3), int64(0), int64(0), int64(time.Second))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVE"), int64(-5), int64(math.MinInt64), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, content []byte, at, from, to int64) {
		const far = int64(time.Hour)
		a, err := mix.Open(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		track := mix.Track{Audio: a, At: time.Duration(at % far), Spans: []mix.Span{{time.Duration(from), time.Duration(to)}}}
		m, err := mix.New(a.Rate(), 2, track)
		if errors.Is(err, mix.ErrUnfit) {
			return
		}
		require.NoError(t, err)
		if m.Size() > 64<<20 {
			return // silence as long as its place is far
		}
		n, err := io.Copy(io.Discard, m)
		require.NoError(t, err)
		require.Equal(t, m.Size(), n)
	})
}

// An hour of three tracks takes as much memory as a second of them.
func TestMemoryIsConstant(t *testing.T) {
	allocated := func(seconds int) float64 {
		b := file(8000, make([]int16, 8000*seconds)...)
		a := audio(t, b)
		return testing.AllocsPerRun(1, func() {
			m, err := mix.New(8000, 1, mix.Track{Audio: a, Spans: always}, mix.Track{Audio: a, Spans: always})
			require.NoError(t, err)
			_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, m, make([]byte, 32<<10))
			require.NoError(t, err)
		})
	}
	require.InDelta(t, allocated(1), allocated(600), 5, "six hundred times as much audio; what the runtime itself allocates meanwhile is counted too")
}

// The rate is that of the mix's own bytes.
func BenchmarkMix(b *testing.B) {
	content := file(8000, make([]int16, 8000*600)...)
	a := audio(b, content)
	for _, channels := range []int{1, 2} {
		b.Run([]string{"mono", "stereo"}[channels-1], func(b *testing.B) {
			for b.Loop() {
				m, err := mix.New(8000, channels, mix.Track{Audio: a, Spans: always, Side: mix.Left}, mix.Track{Audio: a, Spans: always, Side: mix.Right},
					mix.Track{Audio: a, Spans: []mix.Span{{10 * time.Second, 20 * time.Second}}, Side: mix.Right})
				require.NoError(b, err)
				b.SetBytes(m.Size())
				_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, m, make([]byte, 32<<10))
				require.NoError(b, err)
			}
		})
	}
}
