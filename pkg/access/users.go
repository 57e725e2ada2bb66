package access

import (
	"slices"
	"strings"
)

// User is a rule about one username.
type User struct {
	Username   string   // exactly, or * for everyone who has no rule of their own
	Extensions []string // that may be heard, with * for any run of characters; empty: all
	Tags       []string // the same for tags; both must match
	Private    bool     // private recordings, too
}

// Users decides which recordings a username may hear; it is a recording.Access. It is safe for concurrent use.
type Users struct{ rules map[string]User }

const everyoneElse = "*"

// NewUsers makes the rules. Without any, everybody may hear everything but private recordings. Of two rules for one
// username the first counts.
func NewUsers(rules []User) *Users {
	if len(rules) == 0 {
		rules = []User{{Username: everyoneElse}}
	}
	u := &Users{rules: make(map[string]User, len(rules))}
	for _, rule := range rules {
		if _, ok := u.rules[rule.Username]; !ok {
			u.rules[rule.Username] = rule
		}
	}
	return u
}

// MayHear tells whether somebody of that name may hear a recording of the extension under the tag. Names are compared byte
// for byte; who has neither a rule nor a share in that of everyone else hears nothing.
func (u *Users) MayHear(username, extension, tag string, private bool) bool {
	rule, ok := u.rules[username]
	if !ok {
		rule, ok = u.rules[everyoneElse]
	}
	return ok && (rule.Private || !private) && covers(rule.Extensions, extension) && covers(rule.Tags, tag)
}

func covers(patterns []string, text string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return glob(p, text) })
}

// glob tells whether text has the pattern's literal parts in their order, the first at its beginning and the last at its
// end; each * between them stands for any characters, or none. Taking each part where it first occurs leaves the most for
// those that follow, so nothing is ever tried twice.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return text == pattern
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok || !strings.HasSuffix(text, parts[last]) {
		return false
	}
	text = strings.TrimSuffix(text, parts[last])
	for _, part := range parts[1:last] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return true
}
