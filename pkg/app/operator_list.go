package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"ari-recorder/config"
	"ari-recorder/pkg/recording"
)

// ListRecordings prints the recordings that match, newest first. A *UsageError says what is wrong with the query.
func ListRecordings(ctx context.Context, c config.Config, q ListQuery, to Console) error {
	if _, _, err := q.filter(); err != nil {
		return err
	}
	return attach(ctx, c, func(store rows) error { return list(ctx, store, q, to) })
}

// list asks for one page after the other and holds one at a time, however many there are.
func list(ctx context.Context, store rows, q ListQuery, to Console) error {
	filter, page, err := q.filter()
	if err != nil {
		return err
	}
	sink := newSink(to)
	for {
		batch, err := store.List(ctx, filter, recording.Page{After: page.After, Limit: page.Limit + 1})
		if err != nil {
			return err
		}
		more := len(batch) > page.Limit
		batch = batch[:min(len(batch), page.Limit)]
		if err := sink.add(batch); err != nil {
			return err
		}
		if !more {
			return sink.end("")
		}
		last := batch[len(batch)-1]
		if !q.All {
			return sink.end(cursorOf(last))
		}
		page.After = recording.Position{At: last.CreatedAt, Seq: last.Seq}
	}
}

// sink takes a list in parts. A cursor at the end says that there is more.
type sink interface {
	add(batch []*recording.Recording) error
	end(cursor string) error
}

func newSink(to Console) sink {
	if to.JSON {
		return &jsonSink{w: to.Out}
	}
	return &tableSink{to: to}
}

// jsonSink writes one object with everything in it, without ever holding it.
type jsonSink struct {
	w     io.Writer
	begun bool
}

func (s *jsonSink) add(batch []*recording.Recording) error {
	for _, r := range batch {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.w, "%s\n    %s", s.separator(), text); err != nil {
			return err
		}
	}
	return nil
}

func (s *jsonSink) separator() string {
	if s.begun {
		return ","
	}
	s.begun = true
	return "{\n  \"recordings\": ["
}

func (s *jsonSink) end(cursor string) error {
	next := "null"
	if cursor != "" {
		next = `"` + cursor + `"`
	}
	head := "\n  "
	if !s.begun {
		head = s.separator()
	}
	_, err := fmt.Fprintf(s.w, "%s],\n  \"next_cursor\": %s\n}\n", head, next)
	return err
}

// tableSink lines up each part by itself.
type tableSink struct {
	to    Console
	begun bool
}

func (s *tableSink) add(batch []*recording.Recording) error {
	var header []string
	if !s.begun && len(batch) > 0 {
		header = []string{"ID", "STATE", "TAG", "EXTENSION", "NODE", "STARTED", "LENGTH", "NOTES"}
		s.begun = true
	}
	t := newTable(s.to.Out, header...)
	for _, r := range batch {
		t.row(r.ID, string(r.State), r.Tag, r.Extension, r.Node, localTime(r.StartedAt), lengthOf(r), strings.Join(notes(r), ", "))
	}
	return t.flush()
}

func (s *tableSink) end(cursor string) (err error) {
	switch {
	case !s.begun:
		_, err = fmt.Fprintln(s.to.Err, "no recording matches")
	case cursor != "":
		_, err = fmt.Fprintf(s.to.Err, "there is more: go on with --cursor %s, or take --all\n", cursor)
	}
	return err
}

func lengthOf(r *recording.Recording) string {
	if r.Audio == nil {
		return ""
	}
	return length(r.Audio.Duration)
}

// notes are what is out of the ordinary about a recording.
func notes(r *recording.Recording) (list []string) {
	for _, note := range []struct {
		text  string
		holds bool
	}{
		{"private", r.Private},
		{"legal hold", r.LegalHold},
		{"deleted", r.Deleted() && r.ErasedAt.IsZero()},
		{"erased", !r.ErasedAt.IsZero()},
		{"erasure asked for", !r.EraseAskedAt.IsZero() && r.ErasedAt.IsZero()},
	} {
		if note.holds {
			list = append(list, note.text)
		}
	}
	if r.Failure != nil {
		list = append(list, string(r.Failure.Code))
	}
	return list
}
