package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"ari-recorder/pkg/recording"
)

// Short lists that are only ever read and written with their row stand in one of its columns, as JSON; an empty one is NULL.

// gapsColumn is a recording's gap ledger.
type gapsColumn []struct {
	From    time.Duration `json:"from"` // nanoseconds
	To      time.Duration `json:"to"`
	Kind    string        `json:"kind"`
	Channel string        `json:"channel,omitempty"`
	Cause   string        `json:"cause"`
}

func gapsText(gaps []recording.Gap) *string {
	column := make(gapsColumn, len(gaps))
	for i, g := range gaps {
		column[i].From, column[i].To, column[i].Kind, column[i].Channel, column[i].Cause = g.From, g.To, string(g.Kind), g.Channel, g.Cause
	}
	return writeList(column)
}

func gapsOf(text *string) (gaps []recording.Gap, err error) {
	column, err := readList[gapsColumn](text)
	for _, g := range column {
		gaps = append(gaps, recording.Gap{From: g.From, To: g.To, Kind: recording.GapKind(g.Kind), Channel: g.Channel, Cause: g.Cause})
	}
	return gaps, err
}

// spansColumn is when a track's channel was heard: pairs of microseconds since 1970, the second 0 while it goes on.
type spansColumn [][2]int64

func spansText(spans []recording.Span) *string {
	column := make(spansColumn, len(spans))
	for i, s := range spans {
		column[i] = [2]int64{s.From.UnixMicro(), 0}
		if !s.To.IsZero() {
			column[i][1] = s.To.UnixMicro()
		}
	}
	return writeList(column)
}

func spansOf(text *string) (spans []recording.Span, err error) {
	column, err := readList[spansColumn](text)
	for _, pair := range column {
		span := recording.Span{From: time.UnixMicro(pair[0]).UTC()}
		if pair[1] != 0 {
			span.To = time.UnixMicro(pair[1]).UTC()
		}
		spans = append(spans, span)
	}
	return spans, err
}

func writeList[E any, L ~[]E](list L) *string {
	if len(list) == 0 {
		return nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // only strings and numbers are ever written
	}
	return new(string(text))
}

func readList[L any](text *string) (list L, err error) {
	if text == nil {
		return list, nil
	}
	if err := json.Unmarshal([]byte(*text), &list); err != nil {
		return list, fmt.Errorf("a list in a column cannot be read: %w", err)
	}
	return list, nil
}
