package rest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxParameter bounds a query parameter, in characters.
const maxParameter = 255

// query are the parameters of a request, which its route knows all and which are not empty.
type query struct{ url.Values }

// parseQuery refuses what a filter must not swallow: with a name mistyped, or a variable left empty by a script, a list
// would hold everything.
func parseQuery(raw string, known []string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, invalid("the query cannot be read: write %XX for special characters and & between parameters")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return query{}, invalid("unknown query parameter " + quote(name) + "; " + knownOnes(known))
		}
		if len(values[name]) > 1 && name != "state" {
			return query{}, invalid("the query parameter " + name + " is given more than once")
		}
		for _, value := range values[name] {
			if complaint := complain(value); complaint != "" {
				return query{}, invalid("the query parameter " + name + " " + complaint)
			}
		}
	}
	return query{values}, nil
}

func knownOnes(known []string) string {
	if len(known) == 0 {
		return "this address takes none"
	}
	return "this address takes " + strings.Join(known, ", ")
}

// complain says what no caller can mean.
func complain(text string) string {
	switch {
	case text == "":
		return "is empty; leave it out, or give it a value"
	case !utf8.ValidString(text):
		return "is not valid UTF-8"
	case utf8.RuneCountInString(text) > maxParameter:
		return fmt.Sprintf("is longer than %d characters", maxParameter)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "holds a control character"
	}
	return ""
}

// flag reads true or false; false if it is not given.
func (q query) flag(name string) (bool, error) {
	switch text := q.Get(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, invalid(name + " is true or false, not " + quote(text))
	}
}

// between reads the parameters from and to; zero times where they are not given.
func (q query) between() (from, to time.Time, err error) {
	if from, err = q.time("from"); err != nil {
		return from, to, err
	}
	if to, err = q.time("to"); err != nil {
		return from, to, err
	}
	if q.Has("to") && !from.Before(to) {
		return from, to, invalid("from is not before to; from is inclusive, to is exclusive, and a date alone is its first moment in UTC")
	}
	return from, to, nil
}

// time reads a time of RFC 3339, or a date alone. In a query that was not encoded the + of an offset arrives as a space.
func (q query) time(name string) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	moment, err := time.Parse(time.DateOnly, text)
	if err != nil {
		moment, err = time.Parse(time.RFC3339Nano, strings.Replace(strings.ToUpper(text), " ", "+", 1))
	}
	if err != nil || !inCalendar(moment) {
		return time.Time{}, invalid(name + " is a time such as 2026-11-23T07:17:02Z or a date such as 2026-11-23, not " + quote(text))
	}
	return moment.UTC(), nil
}

// inCalendar tells whether the time has a year that can be written with four digits in UTC. Databases know no other.
func inCalendar(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

// The bounds of a page.
const (
	defaultLimit = 50
	maxLimit     = 1000
)

func (q query) limit() (int, error) {
	text := q.Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > maxLimit || strconv.Itoa(limit) != text {
		return 0, invalid(fmt.Sprintf("limit is a number from 1 to %d, not %s", maxLimit, quote(text)))
	}
	return limit, nil
}

// filters are the parameters that select, in one form whatever their order: two pages belong to one list if they agree.
func (q query) filters() string {
	kept := url.Values{}
	for name, values := range q.Values {
		if name != "cursor" && name != "limit" {
			kept[name] = slices.Sorted(slices.Values(values))
		}
	}
	return kept.Encode()
}

// quote keeps a caller's text recognisable, short and free of control characters.
func quote(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return strconv.Quote(text)
}
