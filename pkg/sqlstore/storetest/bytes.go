package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// alike are texts that some database takes for the same, or for something else than text.
var alike = []string{
	"A1", "a1", "A1 ", " A1", "Á1", "A\u03011", "á1", "A1\u00a0", "1", "01", "1.0", "1e0", "+1", "0x31", "NULL", "true",
	"%", "_", "A%", "A_", "'", "''", `"`, `\`, `\\`, `\'`, "`", ";--", "' OR '1'='1", "?", "😀", "😁", "ß", "ss", "ﬁ", "fi",
	"2026-11-23 07:17:02.694123", "Ω", "ω", "日本", "[]", "{}", "--", "/*", "#",
}

var byteTests = []test{
	{"tags", func(t *testing.T, s recording.Store) {
		distinct(t, s, func(r *recording.Recording, text string) { r.Tag = text }, func(text string) recording.Filter { return recording.Filter{Tag: text} })
	}},
	{"uniqueids", func(t *testing.T, s recording.Store) {
		distinct(t, s, func(r *recording.Recording, text string) { r.UniqueID = text }, func(text string) recording.Filter { return recording.Filter{UniqueID: text} })
	}},
	{"linkedids", func(t *testing.T, s recording.Store) {
		distinct(t, s, func(r *recording.Recording, text string) { r.LinkedID = text }, func(text string) recording.Filter { return recording.Filter{LinkedID: text} })
	}},
	{"nodes", func(t *testing.T, s recording.Store) {
		distinct(t, s, func(r *recording.Recording, text string) { r.Node = text }, func(text string) recording.Filter { return recording.Filter{Node: text} })
	}},
	{"extensions", func(t *testing.T, s recording.Store) {
		distinct(t, s, func(r *recording.Recording, text string) { r.Extension = text }, func(text string) recording.Filter { return recording.Filter{Extension: text} })
	}},
	{"running keys", func(t *testing.T, s recording.Store) {
		for i, text := range alike { // all of them run at once: each is a channel of its own
			create(t, s, 1, func(r *recording.Recording) { r.ID, r.UniqueID = fmt.Sprint("r", i), text })
		}
	}},
	{"the longest that may come", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, func(r *recording.Recording) {
			r.Tag = strings.Repeat("😀", 255)
			r.UniqueID, r.LinkedID, r.Extension = strings.Repeat("u", 149), strings.Repeat("l", 149), strings.Repeat("é", 74)
			r.Node, r.Channel, r.Caller.Name = strings.Repeat("n", 255), strings.Repeat("c", 300), strings.Repeat("😀", 300)
			r.Failure = &recording.Failure{Code: recording.FailRefused, Detail: strings.Repeat("d", 5000)}
		})
		require.Equal(t, r, get(t, s, r.ID))
		last := r.Clone()
		last.ID, last.State, last.Tag = "last", recording.Failed, strings.Repeat("😀", 254)+"😁"
		require.NoError(t, s.Create(t.Context(), last, requested(last)))
		found, err := s.Find(t.Context(), recording.Filter{Tag: r.Tag, UniqueID: r.UniqueID, LinkedID: r.LinkedID})
		require.NoError(t, err)
		require.Equal(t, []string{r.ID}, ids(found), "also the last character counts")
	}},
}

// distinct gives each text to a recording and finds exactly that one by it.
func distinct(t *testing.T, s recording.Store, set func(*recording.Recording, string), by func(string) recording.Filter) {
	t.Helper()
	for i, text := range alike {
		create(t, s, i, func(r *recording.Recording) { r.State = recording.Archiving; set(r, text) })
	}
	for i, text := range alike {
		found, err := s.Find(t.Context(), by(text))
		require.NoError(t, err)
		require.Equal(t, []string{start(i).ID}, ids(found), "%q", text)
		count, err := s.Count(t.Context(), by(text))
		require.NoError(t, err)
		require.Equal(t, 1, count, "%q", text)
	}
}
