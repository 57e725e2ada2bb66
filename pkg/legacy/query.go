package legacy

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// query holds a query string's parameters in their order. url.Values would do but for names in another case: which of
// two comes first must not depend on chance.
type query []pair

type pair struct{ name, value string }

// arguments are a method's parameters by the names of the table.
type arguments map[string]string

// finder gives the value of a request's parameter, whatever the case of its name. Its errors are the caller's fault.
type finder func(name string) (value string, found bool, err error)

// parseQuery decodes a query string; both + and %20 are a space. It refuses what would have to be guessed.
func parseQuery(raw string) (query, error) {
	if strings.Contains(raw, ";") {
		return nil, malformed("the query string holds a semicolon; write %3B in a value, and & between parameters")
	}
	var q query
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil {
			return nil, malformed("the query string holds a % that two hexadecimal digits do not follow; write %25 for a %")
		}
		if part != "" {
			q = append(q, pair{name, value})
		}
	}
	return q, nil
}

// find returns the parameter's value, whatever the case of its name. Two different values are refused: nobody could say
// which one is meant, and the wrong call would be recorded.
func (q query) find(name string) (value string, found bool, err error) {
	for _, p := range q {
		if !strings.EqualFold(p.name, name) {
			continue
		}
		if found && p.value != value {
			return "", true, malformed("parameter " + name + " is given twice, with different values")
		}
		value, found = p.value, true
	}
	return value, found, nil
}

// wsdl tells whether the service's description is asked for, and in which style. A method beside it is meant to be called.
func (q query) wsdl() (style string, asked bool, err error) {
	if _, called, _ := q.find("method"); called {
		return "", false, nil
	}
	return q.find("wsdl")
}

// method finds the method that is asked for.
func (q query) method() (*method, error) {
	asked, _, err := q.find("method")
	if err != nil {
		return nil, err
	}
	if asked == "" {
		return nil, malformed("parameter method is missing; the methods are " + names())
	}
	return methodNamed(asked)
}

// arguments collects what the method takes from a request. Parameters that it does not know are not looked at: clients
// add their own, against caches for one.
func (m *method) arguments(find finder, further ...parameter) (arguments, error) {
	args := arguments{}
	for _, p := range slices.Concat(m.parameters, further) {
		value, found, err := find(p.name)
		if err != nil {
			return nil, err
		}
		if !found && !p.required {
			continue
		}
		if complaint := p.check(value, found); complaint != "" {
			return nil, malformed(fmt.Sprintf("parameter %s %s: %s needs %s", p.name, complaint, m.name, m.required()))
		}
		args[p.name] = value
	}
	return args, nil
}

// check says what is wrong with a value, "" if nothing. The domain checks again, but does not know what the parameter is
// called here.
func (p parameter) check(value string, found bool) string {
	switch {
	case !found:
		return "is missing"
	case value == "":
		return "is empty"
	case !utf8.ValidString(value):
		return "is not valid UTF-8"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "holds a control character"
	case utf8.RuneCountInString(value) > p.limit:
		return fmt.Sprintf("is longer than %d characters", p.limit)
	default:
		return ""
	}
}

// quote keeps what a client sent recognisable, short and on one line.
func quote(text string) string { return fmt.Sprintf("%q", clip(text, 40)) }

// clip keeps a text to so many characters.
func clip(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
