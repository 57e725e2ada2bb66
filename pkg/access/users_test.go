package access_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ari-recorder/pkg/access"
)

func TestWithoutRulesEverybodyHearsWhatIsNotPrivate(t *testing.T) {
	users := access.NewUsers(nil)
	for _, name := range []string{"ann", "*", ""} {
		require.True(t, users.MayHear(name, "410", "22", false))
		require.False(t, users.MayHear(name, "410", "22", true))
	}
}

func TestRulesOfUsers(t *testing.T) {
	users := access.NewUsers([]access.User{
		{Username: "ann", Extensions: []string{"41*", "north-office"}, Tags: []string{"order-*", "22"}},
		{Username: "boss", Private: true},
		{Username: "*", Extensions: []string{"499"}},
		{Username: "ann", Private: true},
	})
	tests := map[string]struct {
		username, extension, tag string
		private, want            bool
	}{
		"both match":             {username: "ann", extension: "410", tag: "order-7", want: true},
		"literal":                {username: "ann", extension: "north-office", tag: "22", want: true},
		"another extension":      {username: "ann", extension: "42", tag: "22"},
		"another tag":            {username: "ann", extension: "410", tag: "222"},
		"private":                {username: "ann", extension: "410", tag: "22", private: true},
		"own rule before *":      {username: "ann", extension: "499", tag: "x"},
		"may hear private":       {username: "boss", extension: "7", tag: "x", private: true, want: true},
		"everyone else":          {username: "fred", extension: "499", tag: "x", want: true},
		"upper case is another":  {username: "Boss", extension: "7", tag: "x"},
		"everyone else, private": {username: "fred", extension: "499", tag: "x", private: true},
		"nobody":                 {username: "", extension: "499", tag: "x", want: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, users.MayHear(test.username, test.extension, test.tag, test.private))
		})
	}
}

func TestWhoHasNoRuleHearsNothing(t *testing.T) {
	users := access.NewUsers([]access.User{{Username: "ann"}})
	require.True(t, users.MayHear("ann", "410", "22", false))
	require.False(t, users.MayHear("fred", "410", "22", false))
	require.False(t, users.MayHear("", "410", "22", false))
}

func matches(pattern, text string) bool {
	return access.NewUsers([]access.User{{Username: "u", Tags: []string{pattern}}}).MayHear("u", "", text, false)
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"**", "x", true}, {"", "", true}, {"", "x", false},
		{"a*a", "a", false}, {"a*a", "aa", true}, {"a*b*a", "aba", true}, {"a*b*a", "aa", false},
		{"*ab", "aab", true}, {"ab*", "aab", false}, {"*ab*ab*", "abab", true}, {"*ab*ab*", "aba", false},
		{"a?c", "abc", false}, {"[ab]", "a", false}, {`\*`, "*", false}, {`a.c`, "abc", false},
		{"Bü*", "Büro", true}, {"B*o", "Bürö", false}, {"a*", "a\n", true},
	}
	for _, test := range tests {
		require.Equal(t, test.want, matches(test.pattern, test.text), "%q %q", test.pattern, test.text)
	}
}

// The same patterns as regular expressions say the same.
func TestPatternsAgreeWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab.*]{0,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab.*]{0,12}`).Draw(t, "text")
		require.Equal(t, asRegexp(pattern).MatchString(text), matches(pattern, text))
	})
}

func asRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
}

func FuzzPattern(f *testing.F) {
	f.Add("order-*", "order-22")
	f.Add("*a*a*a*a*b", strings.Repeat("a", 1000))
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := matches(pattern, text)
		if !strings.Contains(pattern, "*") {
			require.Equal(t, pattern == text, got)
		}
		if got {
			require.True(t, matches("*"+pattern, "x"+text))
			require.True(t, matches(pattern+"*", text+"x"))
		}
		require.True(t, matches("*"+text+"*", "x"+text))
	})
}
