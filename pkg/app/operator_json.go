package app

import (
	"time"

	"ari-recorder/pkg/recording"
)

// The shapes below are those of REST's answers, so that one program reads both.

type shownJSON struct {
	Recording *recording.Recording `json:"recording"`
	Events    []eventJSON          `json:"events"`
	Call      *callRecordJSON      `json:"call"` // null: there is no record of it
}

type eventJSON struct {
	At      *string `json:"at"`
	Kind    string  `json:"kind"`
	State   string  `json:"state"`
	Actor   string  `json:"actor"`
	Address string  `json:"address"`
	Detail  string  `json:"detail"`
}

type callRecordJSON struct {
	Node              string    `json:"node"`
	LinkedID          string    `json:"linkedid"`
	ExternalReference string    `json:"external_reference"`
	StartedAt         *string   `json:"started_at"`
	Legs              []legJSON `json:"legs"`
}

type legJSON struct {
	UniqueID  string `json:"uniqueid"`
	Channel   string `json:"channel"`
	Extension string `json:"extension"`
}

func eventsJSON(events []recording.Event) []eventJSON {
	list := make([]eventJSON, len(events))
	for i, e := range events {
		list[i] = eventJSON{utc(e.At), string(e.Kind), string(e.State), e.Actor, e.Address, e.Detail}
	}
	return list
}

func callJSON(c *recording.Call) *callRecordJSON {
	if c == nil {
		return nil
	}
	out := &callRecordJSON{
		Node: c.Node, LinkedID: c.LinkedID, ExternalReference: c.ExternalReference, StartedAt: utc(c.StartedAt),
		Legs: make([]legJSON, len(c.Legs)),
	}
	for i, leg := range c.Legs {
		out.Legs[i] = legJSON(leg)
	}
	return out
}

// utc is a time as the contract writes it, null if it has not happened.
func utc(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(recording.TimeFormat)
	return &text
}
