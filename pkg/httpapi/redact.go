package httpapi

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"ari-recorder/pkg/access"
)

const redacted = "REDACTED"

var (
	// keyShape is a key of ours, wherever it was put.
	keyShape = regexp.MustCompile(`(?i)` + spelled(access.SecretPrefix) + `(?:[a-z0-9]|` + escape + `[0-9a-f]{2})*`)
	// keyNamed is what calls itself a key, to the end of the parameter.
	keyNamed = regexp.MustCompile(`(?i)(` + spelled("api") + `(?:[-_.+]|` + escape + `[0-9a-f]{2})?` + spelled("key") + `)[^&;]*`)
)

// escape begins a percent-encoded byte, encoded once or several times.
const escape = `%(?:25)*`

// spelled is a pattern for a word whose letters may be percent-encoded, in both cases.
func spelled(word string) string {
	var pattern strings.Builder
	for _, c := range []byte(word) {
		fmt.Fprintf(&pattern, `(?:%c|%s(?:%02x|%02x))`, c, escape, c, strings.ToUpper(string(c))[0])
	}
	return pattern.String()
}

// redact takes keys out of a text that a client has sent: people put them in places where nobody looks for one, and a log
// is read by more people than may use them.
func redact(text string) string {
	return redactKeys(keyNamed.ReplaceAllString(text, "${1}="+redacted))
}

// redactKeys takes our keys out of a sentence, which may well speak of keys.
func redactKeys(text string) string { return keyShape.ReplaceAllLiteralString(text, redacted) }

// printable is the request's path and query for the log: not endless, and without the keys of those who send them in the
// query as legacy clients do, or by mistake.
func printable(u *url.URL) string {
	const most = 1000
	text := redact(u.EscapedPath())
	if u.RawQuery != "" {
		text += "?" + redact(withoutSecrets(u.RawQuery))
	}
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}

// withoutSecrets redacts what a reader of the query takes for a key, or could: a name that cannot be decoded may be any.
func withoutSecrets(query string) string {
	parts := parameters(query)
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if _, err := url.QueryUnescape(name); err != nil || isKeyName(name) {
			parts[i] = name + "=" + redacted
		}
	}
	return strings.Join(parts, "&")
}
