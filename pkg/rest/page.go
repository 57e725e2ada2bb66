package rest

import (
	"net/http"

	"ari-recorder/pkg/recording"
)

// list is a kind of list that is handed out page by page.
type list[T any] struct {
	name     string // of the entries in JSON
	position func(T) recording.Position
	json     func(T) any
	columns  []string // of CSV, as paths in the JSON; nil: there is no CSV
}

// page is a part of a list.
type page[T any] struct {
	entries []T
	next    string // cursor; empty: this is the end
}

// turn fetches the page that the query asks for. One entry more than wanted tells whether there is a next page.
func (l list[T]) turn(q query, fetch func(recording.Page) ([]T, error)) (page[T], error) {
	var out page[T]
	limit, err := q.limit()
	if err != nil {
		return out, err
	}
	wanted := recording.Page{Limit: limit + 1}
	if cursor := q.Get("cursor"); cursor != "" {
		if wanted.After, err = parseCursor(l.name, q.filters(), cursor); err != nil {
			return out, err
		}
	}
	out.entries, err = fetch(wanted)
	if err == nil && len(out.entries) > limit {
		out.entries = out.entries[:limit]
		out.next = formatCursor(l.name, q.filters(), l.position(out.entries[limit-1]))
	}
	return out, err
}

// show answers with a page, in the form that was negotiated. The link to the next page is in a header, too: CSV has no
// other place for it.
func (l list[T]) show(d *door, r *request, p page[T]) error {
	var next *string
	if p.next != "" {
		next = &p.next
		r.query.Set("cursor", p.next)
		r.Response().Header().Set("Link", "<"+d.link(r.Request().URL.EscapedPath())+"?"+r.query.Encode()+`>; rel="next"`)
	}
	entries := make([]any, len(p.entries))
	for i, entry := range p.entries {
		entries[i] = l.json(entry)
	}
	if r.as == asCSV {
		return r.answerCSV(l.columns, entries)
	}
	return r.answer(http.StatusOK, map[string]any{l.name: entries, "next_cursor": next})
}
