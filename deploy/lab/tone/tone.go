// Package tone makes the tones that the lab's phones speak and finds them again in what was recorded. It knows nothing of the product, so that
// the product's own reading of audio is not what proves it.
package tone

import "math"

// amplitude leaves room for two voices mixed: -12 dB each below full scale.
const amplitude = 8000

// Sine makes n samples of 16-bit linear PCM of a tone of hz hertz at rate samples a second. With whole hertz, rate samples can be looped
// without a click.
func Sine(hz float64, rate, n int) []int16 {
	samples := make([]int16, n)
	for i := range samples {
		samples[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return samples
}

// G.711 works on 14 bits with a bias that puts each segment's border on a power of two.
const (
	muBias = 0x84
	muClip = 32635
)

// MuLaw encodes 16-bit linear PCM as G.711 µ-law, a byte for each sample.
func MuLaw(samples []int16) []byte {
	encoded := make([]byte, len(samples))
	for i, s := range samples {
		encoded[i] = muLaw(int(s))
	}
	return encoded
}

func muLaw(s int) byte {
	sign := 0
	if s < 0 {
		s, sign = -s, 0x80
	}
	s = min(s, muClip) + muBias
	exponent := 7
	for mask := 0x4000; s&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	mantissa := s >> (exponent + 3) & 0x0F
	return ^byte(sign | exponent<<4 | mantissa)
}

// PCM decodes G.711 µ-law to 16-bit linear PCM.
func PCM(encoded []byte) []int16 {
	samples := make([]int16, len(encoded))
	for i, b := range encoded {
		b = ^b
		s := (int(b&0x0F)<<3+muBias)<<(b>>4&7) - muBias
		if b&0x80 != 0 {
			s = -s
		}
		samples[i] = int16(s)
	}
	return samples
}
