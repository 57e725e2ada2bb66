package main

import "strings"

// waveform draws samples as columns of blocks, loud ones high.
func waveform(samples []int16, width, height int) string {
	peaks := make([]int, width)
	for i, sample := range samples {
		column := i * width / len(samples)
		peaks[column] = max(peaks[column], max(int(sample), -int(sample)))
	}
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	var drawing strings.Builder
	for row := height - 1; row >= 0; row-- {
		drawing.WriteString("   ")
		for _, peak := range peaks {
			level := peak * height * 8 / 20000
			drawing.WriteRune(blocks[min(max(level-row*8, 0), 8)])
		}
		drawing.WriteByte('\n')
	}
	return drawing.String()
}
