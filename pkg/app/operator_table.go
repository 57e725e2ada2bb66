package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// table lines columns up for people.
type table struct {
	to  *tabwriter.Writer
	err error
}

func newTable(w io.Writer, header ...string) *table {
	t := &table{to: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	if len(header) > 0 {
		t.row(header...)
	}
	return t
}

// row adds a line; the first error is kept for flush.
func (t *table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = printable(cell)
	}
	if _, err := fmt.Fprintln(t.to, strings.Join(cells, "\t")); err != nil && t.err == nil {
		t.err = err
	}
}

// flush writes what was added.
func (t *table) flush() error {
	if t.err != nil {
		return t.err
	}
	return t.to.Flush()
}

// printable keeps what callers and phones have sent from moving the terminal's cursor, and empty cells visible.
func printable(text string) string {
	if text == "" {
		return "-"
	}
	for _, r := range text {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return strconv.Quote(text)
		}
	}
	return text
}

// localTime is a time as people at this place read it, to the second.
func localTime(t time.Time) string { return local(t, "2006-01-02 15:04:05 MST") }

// localMillis is localTime with milliseconds, where order matters.
func localMillis(t time.Time) string { return local(t, "2006-01-02 15:04:05.000 MST") }

func local(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(layout)
}

// length is a duration as people read it.
func length(d time.Duration) string {
	if d >= time.Minute {
		return d.Round(time.Second).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// count is a number with the word for what is counted.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
