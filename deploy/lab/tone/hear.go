package tone

import "math"

// neighbour is how far, in hertz, from a tone the ear listens for comparison: well within the distance of two phones' tones.
const neighbour = 15.0

// Power is the mean power, in squared sample units, that the samples hold at hz hertz, by Goertzel's algorithm under a Hann window; a sine of
// amplitude a has a²/2. The resolution is 2*rate/len(samples) hertz.
func Power(samples []int16, rate int, hz float64) float64 {
	n := len(samples)
	if n == 0 {
		return 0
	}
	step := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	var s1, s2, weight float64
	for i, sample := range samples {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n))
		weight += w
		s1, s2 = w*float64(sample)+step*s1-s2, s1
	}
	return 2 * (s1*s1 + s2*s2 - step*s1*s2) / (weight * weight)
}

// Heard tells whether a tone of hz hertz is in the samples: it stands out against its neighbourhood, is a noticeable part of all energy, and
// is no whisper. It needs 0.3 s of audio or more; with less it hears nothing.
func Heard(samples []int16, rate int, hz float64) bool {
	if len(samples) < rate*3/10 {
		return false
	}
	power := Power(samples, rate, hz)
	beside := max(Power(samples, rate, hz-neighbour), Power(samples, rate, hz+neighbour))
	return power > 100*100/2 && power > 4*beside && power > Energy(samples)/50
}

// Energy is the mean square of the samples, in squared sample units: 0 is silence.
func Energy(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return sum / float64(len(samples))
}
