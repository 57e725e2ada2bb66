package recording

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// The longest texts that are taken, in characters; a uniqueid in bytes, as Asterisk counts.
const (
	MaxTag      = 255
	MaxUsername = 255
	MaxUniqueID = 149
)

// checkText refuses what no caller can mean: nothing, control characters, broken UTF-8, more than limit characters.
func checkText(what, text string, limit int) error {
	var complaint string
	switch {
	case text == "":
		complaint = "is missing"
	case !utf8.ValidString(text):
		complaint = "is not valid UTF-8"
	case utf8.RuneCountInString(text) > limit:
		complaint = fmt.Sprintf("is longer than %d characters", limit)
	case hasControl(text):
		complaint = "holds a control character"
	default:
		return nil
	}
	return &Error{Code: CodeInvalid, Detail: what + " " + complaint}
}

func hasControl(text string) bool {
	for _, r := range text {
		if unicode.IsControl(r) {
			return true
		}
	}
	return false
}

// checkChannel refuses what can be neither an extension nor a uniqueid.
func checkChannel(text string) error {
	if err := checkText("the extension or uniqueid", text, MaxUniqueID); err != nil {
		return err
	}
	if len(text) > MaxUniqueID {
		return &Error{Code: CodeInvalid, Detail: fmt.Sprintf("the extension or uniqueid is longer than %d bytes", MaxUniqueID)}
	}
	return nil
}
