package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (l *layers) users() []User {
	var users []User
	for i := range l.length("access.users") {
		prefix := "access.users." + strconv.Itoa(i)
		user := User{
			Username:   l.username(prefix),
			Extensions: l.patterns(prefix + ".extensions"),
			Tags:       l.patterns(prefix + ".tags"),
			Private:    l.text(prefix+".private") != "" && l.boolean(prefix+".private"),
		}
		if user.Username != "" && slices.ContainsFunc(users, func(u User) bool { return u.Username == user.Username }) {
			l.fault(prefix+".username", fmt.Sprintf("%q has two rules; join them", user.Username))
		}
		users = append(users, user)
	}
	return users
}

func (l *layers) username(prefix string) string {
	name := l.text(prefix + ".username")
	switch {
	case name == "":
		l.missing(prefix, "username")
	case name != "*" && strings.Contains(name, "*"):
		l.fault(prefix+".username", fmt.Sprintf("%q is no pattern; write a username, or * for everyone who has no rule of their own", name))
	default:
		l.checkText(prefix+".username", name)
	}
	return name
}

// patterns returns the texts of a list. An empty list, unlike a missing one, would look like nothing and mean all.
func (l *layers) patterns(key string) []string {
	if !l.written(key) {
		return nil
	}
	count := l.length(key)
	if count == 0 {
		l.fault(key, "is empty, which would mean all; remove the key, or the whole rule")
	}
	var patterns []string
	for i := range count {
		pattern := l.text(key + "." + strconv.Itoa(i))
		l.checkText(key, pattern)
		patterns = append(patterns, pattern)
	}
	return patterns
}

const maxText = 255

func (l *layers) checkText(key, text string) {
	if text == "" || utf8.RuneCountInString(text) > maxText || strings.ContainsFunc(text, unicode.IsControl) {
		l.fault(key, fmt.Sprintf("%q must be 1 to %d characters without control characters", text, maxText))
	}
}
