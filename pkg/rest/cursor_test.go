package rest

import (
	"encoding/base64"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// pages follows a list to its end and returns the ids of all entries.
func (s *site) pages(path, list, key string) (seen []any, requests int) {
	s.t.Helper()
	for {
		r := s.get(path)
		object := r.json()
		for _, entry := range object[list].([]any) {
			seen = append(seen, entry.(map[string]any)[key])
		}
		requests++
		next, more := object["next_cursor"].(string)
		link := r.Header.Get("Link")
		require.Equal(s.t, more, link != "")
		if !more {
			return seen, requests
		}
		address, rel, found := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		require.True(s.t, found)
		require.Equal(s.t, `; rel="next"`, rel)
		u, err := url.Parse(address)
		require.NoError(s.t, err)
		require.Equal(s.t, next, u.Query().Get("cursor"))
		path = address
	}
}

func TestEveryEntryIsOnOnePage(t *testing.T) {
	f := &fake{recordings: many(23)}
	for i := range f.recordings {
		f.recordings[i].UniqueID = string(rune('a' + i))
	}
	s := serve(t, f, Options{})
	for limit, pages := range map[string]int{"1": 23, "2": 12, "22": 2, "23": 1, "24": 1} {
		seen, requests := s.pages("/v1/recordings?tag=%C3%A4%26%3D&limit="+limit, "recordings", "uniqueid")
		require.Len(t, seen, 23)
		require.Equal(t, "a", seen[0])
		require.Equal(t, "w", seen[22])
		require.IsDecreasing(t, reversed(seen))
		require.Equal(t, pages, requests)
		require.Equal(t, "ä&=", f.asked[0].(recording.Filter).Tag)
	}
}

func reversed(list []any) []string {
	var out []string
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i].(string))
	}
	return out
}

func TestCursorsHoldForTheirListAndFilters(t *testing.T) {
	f := &fake{recordings: many(3), entries: make([]recording.AuditEntry, 3)}
	s := serve(t, f, Options{})
	cursor := s.get("/v1/recordings?limit=1&state=failed&state=available").json()["next_cursor"].(string)
	for _, same := range []string{
		"limit=2&state=failed&state=available&cursor=" + cursor, "cursor=" + cursor + "&state=available&state=failed",
	} {
		require.Len(t, s.get("/v1/recordings?" + same).json()["recordings"], 2)
	}
	f.asked = nil
	for _, other := range []string{
		"/v1/recordings?cursor=" + cursor,
		"/v1/recordings?state=failed&cursor=" + cursor,
		"/v1/recordings?state=failed&state=available&deleted=include&cursor=" + cursor,
		"/v1/call-records?cursor=" + cursor,
		"/v1/audit?cursor=" + cursor,
	} {
		require.Contains(t, s.get(other).problem("invalid")["detail"], "repeat the filters", other)
	}
	for _, broken := range []string{"x", cursor[1:], cursor + "A", cursor + "=", strings.Repeat("A", len(cursor)), strings.Repeat("A", 200), "%2F%2B" + cursor[2:]} {
		require.Contains(t, s.get("/v1/recordings?state=failed&state=available&cursor=" + broken).problem("invalid")["detail"], "cursor", broken)
	}
	require.Empty(t, f.asked)
}

func TestATamperedCursorIsNone(t *testing.T) {
	text := formatCursor("recordings", "tag=22", recording.Position{At: began, Seq: 7})
	raw, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	for i := range raw {
		raw[i] ^= 1
		_, err := parseCursor("recordings", "tag=22", base64.RawURLEncoding.EncodeToString(raw))
		require.Error(t, err, "byte %d", i)
		raw[i] ^= 1
	}
	p, err := parseCursor("recordings", "tag=22", base64.RawURLEncoding.EncodeToString(raw))
	require.NoError(t, err)
	require.Equal(t, recording.Position{At: began, Seq: 7}, p)
}

// Whatever is taken for a cursor was made here: it reads back as the same text.
func FuzzCursor(f *testing.F) {
	f.Add("recordings", "tag=22", int64(1795418220000000), int64(7), "")
	f.Add("entries", "", int64(-1), int64(0), formatCursor("entries", "", recording.Position{At: time.UnixMicro(1), Seq: 1}))
	f.Add("", "\n", int64(0), int64(-1), strings.Repeat("A", 39))
	f.Add("recordings", "", int64(math.MaxInt64), int64(1), "")
	f.Add("recordings", "", int64(math.MinInt64), int64(1), "")
	f.Add("recordings", "", time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro(), int64(math.MaxInt64), "")
	f.Add("recordings", "", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), int64(1), "")
	f.Add("recordings", "", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), int64(1), "")
	f.Fuzz(func(t *testing.T, list, filters string, micros, seq int64, text string) {
		want := recording.Position{At: time.UnixMicro(micros).UTC(), Seq: seq}
		cursor := formatCursor(list, filters, want)
		require.Equal(t, cursor, url.QueryEscape(cursor))
		got, err := parseCursor(list, filters, cursor)
		if year := want.At.Year(); seq < 1 || year < 1 || year > 9999 { // no entry is there, and no database could be asked
			require.ErrorContains(t, err, "none of ours")
		} else {
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		if p, err := parseCursor(list, filters, text); err == nil {
			require.Equal(t, text, formatCursor(list, filters, p))
		}
	})
}
