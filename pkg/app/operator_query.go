package app

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ari-recorder/pkg/recording"
)

// ListQuery says which recordings to list, as typed. Empty fields do not select.
type ListQuery struct {
	Tag, Extension, UniqueID, LinkedID, Node string

	States   []string
	From, To string // when they started; see parseTime
	Deleted  bool   // deleted ones, too
	Limit    int    // how many at most, 1 to MaxList
	Cursor   string // go on where another list has ended
	All      bool   // everything, whatever Limit
}

// MaxList is how many recordings one list holds at most; ListQuery.All asks for one after the other.
const MaxList = 1000

// filter reads the query into the domain's words. Errors are UsageErrors.
func (q ListQuery) filter() (f recording.Filter, p recording.Page, err error) {
	f = recording.Filter{
		Tag: q.Tag, Extension: q.Extension, UniqueID: q.UniqueID, LinkedID: q.LinkedID, Node: q.Node, NotDeleted: !q.Deleted,
	}
	if q.Limit < 1 || q.Limit > MaxList {
		return f, p, misused("--limit must be 1 to %d; --all lists everything", MaxList)
	}
	p.Limit = q.Limit
	if q.All {
		p.Limit = MaxList
	}
	var errs [4]error
	f.States, errs[0] = parseStates(q.States)
	f.From, errs[1] = parseTime("--from", q.From)
	f.To, errs[2] = parseTime("--to", q.To)
	p.After, errs[3] = parseCursor(q.Cursor)
	for _, err := range errs {
		if err != nil {
			return f, p, err
		}
	}
	if !f.To.IsZero() && !f.From.Before(f.To) {
		return f, p, misused("--from must be before --to")
	}
	return f, p, nil
}

func parseStates(names []string) (states []recording.State, err error) {
	for _, name := range names {
		state := recording.State(name)
		if !slices.Contains(recording.States(), state) {
			return nil, misused("--state %q is not one of %s", name, stateNames())
		}
		states = append(states, state)
	}
	return states, nil
}

func stateNames() string {
	var names []string
	for _, state := range recording.States() {
		names = append(names, string(state))
	}
	return strings.Join(names, ", ")
}

// parseTime reads RFC 3339, or a day or minute or second of this place's clock. The empty text is the zero time.
func parseTime(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02 15:04", time.DateTime} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, misused(`%s %q is no time; write 2026-11-23, "2026-11-23 17:30" or 2026-11-23T17:30:00Z`, flag, text)
}

// cursorOf names the place behind r in a list.
func cursorOf(r *recording.Recording) string {
	return fmt.Sprintf("%d.%d", r.CreatedAt.UnixMicro(), r.Seq)
}

func parseCursor(text string) (p recording.Position, err error) {
	if text == "" {
		return p, nil
	}
	at, seq, _ := strings.Cut(text, ".")
	micros, atErr := strconv.ParseInt(at, 10, 64)
	p = recording.Position{At: time.UnixMicro(micros).UTC()}
	var seqErr error
	if p.Seq, seqErr = strconv.ParseInt(seq, 10, 64); errors.Join(atErr, seqErr) != nil || p.Seq < 1 || micros < 1 {
		return p, misused("--cursor %q is none; use one that recordings list has printed", text)
	}
	return p, nil
}
