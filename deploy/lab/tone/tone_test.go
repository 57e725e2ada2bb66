package tone

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const rate = 8000

func mixed(all ...[]int16) []int16 {
	sum := slices.Clone(all[0])
	for _, samples := range all[1:] {
		for i := range sum {
			sum[i] += samples[i]
		}
	}
	return sum
}

func TestPower(t *testing.T) {
	sine := Sine(440, rate, rate)
	require.InEpsilon(t, amplitude*amplitude/2.0, Power(sine, rate, 440), 0.01)
	require.InEpsilon(t, amplitude*amplitude/2.0, Energy(sine), 0.01)
	require.Less(t, Power(sine, rate, 570), 10.0)
	require.Zero(t, Power(nil, rate, 440))
	require.Zero(t, Energy(nil))
}

func TestHeard(t *testing.T) {
	quiet := Sine(440, rate, rate)
	for i := range quiet {
		quiet[i] /= 20
	}
	noise, seed := make([]int16, rate), uint32(1)
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = int16(seed>>16) / 4
	}
	for name, c := range map[string]struct {
		samples []int16
		heard   bool
	}{
		"alone":           {Sine(440, rate, rate), true},
		"other":           {Sine(570, rate, rate), false},
		"two voices":      {mixed(Sine(440, rate, rate), Sine(570, rate, rate)), true},
		"µ-law":           {PCM(MuLaw(mixed(Sine(440, rate, rate), Sine(570, rate, rate)))), true},
		"in noise":        {mixed(Sine(440, rate, rate), noise), true},
		"noise":           {noise, false},
		"a third":         {Sine(440.0/3, rate, rate), false},
		"quiet":           {quiet, true},
		"drowned":         {mixed(quiet, Sine(570, rate, rate)), false},
		"0.3 s":           {Sine(440, rate, rate*3/10), true},
		"too short":       {Sine(440, rate, rate/5), false},
		"silence":         {make([]int16, rate), false},
		"at another rate": {Sine(880, 2*rate, rate), true},
	} {
		require.Equal(t, c.heard, Heard(c.samples, rate, 440), name)
	}
}

func TestMuLaw(t *testing.T) {
	// The values of ITU-T G.711, table 2a.
	require.Equal(t, []byte{0xFF, 0x80, 0x00, 0x7F}, MuLaw([]int16{0, math.MaxInt16, math.MinInt16, -1}))
	require.Equal(t, []int16{0, 32124, -32124, 8}, PCM([]byte{0xFF, 0x80, 0x00, 0xFE}))
	for b := range 256 {
		code := []byte{byte(b)}
		if b != 0x7F { // negative zero comes back as zero
			require.Equal(t, code, MuLaw(PCM(code)))
		}
	}
}

// file makes a WAV with an extra chunk before the data.
func file(channels, bits int, samples ...int16) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt "), 16, 0, 0, 0, 1, 0, byte(channels), 0)
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, uint32(rate*channels*bits/8))
	b = append(b, byte(channels*bits/8), 0, byte(bits), 0)
	b = append(b, "LIST\x03\x00\x00\x00abc\x00data"...)
	b = le.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	le.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func TestReadWAV(t *testing.T) {
	wav, err := ReadWAV(file(1, 16, 1, -2, 3))
	require.NoError(t, err)
	require.Equal(t, WAV{Rate: rate, Channels: [][]int16{{1, -2, 3}}}, wav)
	wav, err = ReadWAV(file(2, 16, 1, -2, 3, -4))
	require.NoError(t, err)
	require.Equal(t, [][]int16{{1, 3}, {-2, -4}}, wav.Channels)

	good := file(1, 16, 1, 2)
	for name, bad := range map[string][]byte{
		"empty":            nil,
		"not RIFF":         []byte("RIFX\x04\x00\x00\x00WAVE"),
		"cut":              good[:len(good)-1],
		"longer than told": append(slices.Clone(good), 0, 0),
		"8 bits":           file(1, 8, 1, 2),
		"half a frame":     file(2, 16, 1, 2, 3),
		"no channel":       file(0, 16, 1, 2),
		"no data":          file(1, 16)[:48-4],
	} {
		_, err := ReadWAV(bad)
		require.ErrorIs(t, err, errNoWAV, name)
	}
}
