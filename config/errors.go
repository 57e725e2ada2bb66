package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with a configuration. It never holds the value of a secret.
type Fault struct {
	Key    string // key, environment variable or file that is wrong
	Text   string // what is wrong and what to do about it
	Source string // where it was written: a file and line, a variable, a flag, or "default"
}

// oneLine keeps a key with a line feed in it from looking like two faults.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")

func (f Fault) String() string {
	return oneLine.Replace(fmt.Sprintf("%s: %s (%s)", f.Key, f.Text, f.Source))
}

// Errors is every fault of a configuration: bad usage, for which the process exits with 2.
type Errors []Fault

// Error returns one line per fault.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// didYouMean ends a message about an unknown name with the known one that looks like it, if there is one.
func didYouMean(name string, known []string) string {
	best, bestDistance := "", 4 // further apart it is another word, not a slip of the finger
	for _, k := range known {
		if d := distance(name, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return "remove it"
	}
	return "did you mean " + best + "?"
}

// distance is the number of characters to insert, delete or replace to turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
