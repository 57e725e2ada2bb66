package recording

import (
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"
)

// newID makes a lower-case ULID; ids of one process sort by the time they were made.
func newID() string { return strings.ToLower(ulid.Make().String()) }

func isID(text string) bool {
	if text != strings.ToLower(text) {
		return false
	}
	_, err := ulid.ParseStrict(strings.ToUpper(text))
	return err == nil
}

func itoa(n int) string { return strconv.Itoa(n) }

func isNumber(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && itoa(n) == text
}
