package app

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

// listed is the document of recordings list --json.
type listed struct {
	Recordings []struct{ ID, Tag string }
	NextCursor *string `json:"next_cursor"`
}

func (o *operated) list(q ListQuery) listed {
	o.t.Helper()
	require.NoError(o.t, list(o.t.Context(), o.store, q, o.console(true)))
	var doc listed
	require.NoError(o.t, json.Unmarshal(o.out.Bytes(), &doc), o.out.String())
	require.NotNil(o.t, doc.Recordings)
	return doc
}

func TestListPagesLikeOneList(t *testing.T) {
	o := newOperated(t)
	require.Empty(t, o.list(ListQuery{Limit: 50}).Recordings)
	for range 5 {
		o.recorded(nil)
	}
	all := o.list(ListQuery{Limit: 1, All: true})
	require.Len(t, all.Recordings, 5)
	require.Nil(t, all.NextCursor)
	var paged []struct{ ID, Tag string }
	q := ListQuery{Limit: 2}
	for range 3 {
		page := o.list(q)
		paged = append(paged, page.Recordings...)
		if page.NextCursor == nil {
			break
		}
		q.Cursor = *page.NextCursor
	}
	require.Equal(t, all.Recordings, paged)
	require.Greater(t, paged[0].ID, paged[4].ID)
}

func TestListFilters(t *testing.T) {
	o := newOperated(t)
	plain := o.recorded(nil)
	gone := o.recorded(func(r *recording.Recording) { r.Tag, r.DeletedAt = "23", firstDay })
	failed := o.recorded(func(r *recording.Recording) {
		r.State, r.Audio, r.Failure = recording.Failed, nil, &recording.Failure{Code: recording.FailNoFile, Detail: "disk full"}
	})
	for want, q := range map[*recording.Recording]ListQuery{
		plain:  {States: []string{"available"}},
		gone:   {Tag: "23", Deleted: true},
		failed: {From: failed.StartedAt.Format(time.RFC3339)},
	} {
		q.Limit = 50
		found := o.list(q).Recordings
		require.Len(t, found, 1, q)
		require.Equal(t, want.ID, found[0].ID)
	}
	require.Empty(t, o.list(ListQuery{Tag: "23", Limit: 50}).Recordings)
}

func TestListIsATableForPeople(t *testing.T) {
	o := newOperated(t)
	require.NoError(t, list(t.Context(), o.store, ListQuery{Limit: 50}, o.console(false)))
	require.Empty(t, o.out.String())
	require.Equal(t, "no recording matches\n", o.err.String())
	r := o.recorded(func(r *recording.Recording) { r.Tag, r.Private, r.LegalHold = "\x1b[2Jevil\u202e", true, true })
	o.recorded(nil)
	require.NoError(t, list(t.Context(), o.store, ListQuery{Limit: 50}, o.console(false)))
	lines := strings.Split(o.out.String(), "\n")
	require.True(t, strings.HasPrefix(lines[0], "ID "), lines[0])
	require.Equal(t, strings.Index(lines[0], "TAG"), strings.Index(lines[2], `"\x1b[2Jevil\u202e"`), o.out.String())
	require.Contains(t, lines[2], r.StartedAt.Local().Format("2006-01-02 15:04:05 MST"))
	require.Contains(t, lines[2], "private, legal hold")
	require.NotContains(t, o.out.String(), "\x1b")
	require.NoError(t, list(t.Context(), o.store, ListQuery{Limit: 1}, o.console(false)))
	require.Contains(t, o.err.String(), "--cursor ")
}

func TestListTellsWhatIsWrongWithAQuery(t *testing.T) {
	for says, q := range map[string]ListQuery{
		"--limit":                           {Limit: 0},
		"--limit must be 1 to 1000":         {Limit: 1001},
		`"done" is not one of starting, re`: {Limit: 1, States: []string{"available", "done"}},
		`--from "yesterday" is no time`:     {Limit: 1, From: "yesterday"},
		`--to "2026-13-01" is no time`:      {Limit: 1, To: "2026-13-01"},
		"--from must be before --to":        {Limit: 1, From: "2026-11-23", To: "2026-11-23"},
		`--cursor "1.x"`:                    {Limit: 1, Cursor: "1.x"},
		`--cursor "-1.-1"`:                  {Limit: 1, Cursor: "-1.-1"},
	} {
		usage(t, list(t.Context(), nil, q, Console{}), says)
		usage(t, ListRecordings(t.Context(), configOf(t), q, Console{}), says)
	}
}

func TestTimesOfThisPlace(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-11-23":                time.Date(2026, 11, 23, 0, 0, 0, 0, time.Local),
		"2026-11-23 17:30":          time.Date(2026, 11, 23, 17, 30, 0, 0, time.Local),
		"2026-11-23 17:30:05":       time.Date(2026, 11, 23, 17, 30, 5, 0, time.Local),
		"2026-11-23T17:30:00Z":      time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC),
		"2026-11-23T17:30:00+02:00": time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC),
	} {
		got, err := parseTime("--from", text)
		require.NoError(t, err)
		require.True(t, want.Equal(got), text)
	}
}

func TestListWithoutADatabase(t *testing.T) {
	o := newOperated(t)
	o.store.FailNext("List", recording.ErrStoreDown)
	require.ErrorIs(t, list(t.Context(), o.store, ListQuery{Limit: 1}, o.console(true)), recording.ErrStoreDown)
	c := configOf(t)
	err := ListRecordings(t.Context(), c, ListQuery{Limit: 1}, o.console(true))
	require.ErrorContains(t, err, "there is no database at "+c.Database.Path)
	require.NoDirExists(t, c.DataDir, "nothing is made behind the operator's back")
}

func TestShow(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(func(r *recording.Recording) { r.Caller.Name = "Ann\nroot" })
	require.NoError(t, o.store.PutCall(t.Context(), recording.Call{
		Node: r.Node, LinkedID: r.LinkedID, ExternalReference: "22", StartedAt: firstDay,
		Legs: []recording.Leg{{UniqueID: r.UniqueID, Channel: r.Channel, Extension: "410"}},
	}))
	require.NoError(t, show(t.Context(), o.store, r.ID, o.console(false)))
	for _, want := range []string{r.ID, r.Audio.SHA256, r.Audio.Key, "requested", "crm", "external reference 22", `"Ann\nroot 410"`, localMillis(r.StartedAt)} {
		require.Contains(t, o.out.String(), want)
	}
	require.NoError(t, show(t.Context(), o.store, r.ID, o.console(true)))
	var doc struct {
		Recording map[string]any
		Events    []map[string]any
		Call      map[string]any
	}
	require.NoError(t, json.Unmarshal(o.out.Bytes(), &doc))
	require.Equal(t, "2026-11-23T08:17:02.694Z", doc.Recording["started_at"])
	require.Equal(t, "requested", doc.Events[0]["kind"])
	require.Equal(t, "22", doc.Call["external_reference"])
}

func TestShowWithoutACallRecord(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	require.NoError(t, show(t.Context(), o.store, r.ID, o.console(true)))
	require.Contains(t, o.out.String(), `"call": null`)
	for _, method := range []string{"Get", "Events", "Call"} {
		down := errors.New("down")
		o.store.FailNext(method, down)
		require.ErrorIs(t, show(t.Context(), o.store, r.ID, o.console(true)), down)
	}
}

func TestShowOfNothing(t *testing.T) {
	o := newOperated(t)
	require.ErrorContains(t, show(t.Context(), o.store, "01k9z8x7w6v5t4s3r2q1p09999", o.console(false)), "no recording has the id 01k9z8x7w6v5t4s3r2q1p09999")
	for _, id := range []string{"", "22", "01K9Z8X7W6V5T4S3R2Q1P09999", "../../../../etc/passwd....", "81k9z8x7w6v5t4s3r2q1p09999"} {
		usage(t, ShowRecording(t.Context(), configOf(t), id, Console{}), "is no recording's id")
		usage(t, VerifyRecordings(t.Context(), configOf(t), []string{id}, Console{}), "is no recording's id")
		usage(t, GetRecording(t.Context(), configOf(t), GetQuery{ID: id}, Console{}), "is no recording's id")
	}
}
