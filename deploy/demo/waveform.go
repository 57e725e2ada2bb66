package main

import "strings"

// braille dots of a character: two columns of four, from the top.
var braille = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// waveform draws samples as a line of dots, width characters wide and height high, loud or soft: the greatest sample
// touches the edge.
func waveform(samples []int16, width, height int) string {
	peak := 1
	for _, s := range samples {
		peak = max(peak, int(s), -int(s))
	}
	cells := make([][]rune, height)
	for row := range cells {
		cells[row] = make([]rune, width)
	}
	rows, columns := height*4-1, width*2
	level := func(s int16) int { return (peak - int(s)) * rows / (2 * peak) }
	for x := range columns {
		from, to := x*len(samples)/columns, (x+1)*len(samples)/columns
		top, bottom := rows, 0
		for _, s := range samples[from:min(to+1, len(samples))] {
			top, bottom = min(top, level(s)), max(bottom, level(s))
		}
		for y := top; y <= bottom; y++ {
			cells[y/4][x/2] |= braille[y%4][x%2]
		}
	}
	return lines(cells)
}

func lines(cells [][]rune) string {
	var drawing strings.Builder
	for _, row := range cells {
		drawing.WriteString("   ")
		for _, dots := range row {
			drawing.WriteRune(0x2800 + dots)
		}
		drawing.WriteByte('\n')
	}
	return drawing.String()
}
