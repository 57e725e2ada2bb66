package rest

import (
	"slices"
	"strings"

	"ari-recorder/pkg/recording"
)

var recordingFilters = []string{
	"tag", "uniqueid", "linkedid", "extension", "state", "node", "from", "to", "deleted", "limit", "cursor",
}

var recordingList = list[*recording.Recording]{
	name: "recordings",
	position: func(r *recording.Recording) recording.Position {
		return recording.Position{At: r.CreatedAt, Seq: r.Seq}
	},
	json: func(r *recording.Recording) any { return r },
	columns: []string{
		"id", "state", "tag", "node", "uniqueid", "linkedid", "channel", "extension", "caller.name", "caller.number",
		"connected.name", "connected.number", "started_by", "started_at", "ended_at", "call_ended_at", "duration_ms", "format",
		"channels", "sample_rate", "size", "sha256", "private", "legal_hold", "deleted_at", "failure.code", "failure.detail", "gaps",
	},
}

func (d *door) list(r *request) error {
	f, err := r.query.recordings()
	if err != nil {
		return err
	}
	p, err := recordingList.turn(r.query, func(p recording.Page) ([]*recording.Recording, error) {
		return d.service.List(r.Request().Context(), f, p)
	})
	if err != nil {
		return err
	}
	return recordingList.show(d, r, p)
}

func (q query) recordings() (f recording.Filter, err error) {
	f = recording.Filter{
		Tag: q.Get("tag"), Node: q.Get("node"), UniqueID: q.Get("uniqueid"), LinkedID: q.Get("linkedid"),
		Extension: q.Get("extension"),
	}
	switch deleted := q.Get("deleted"); deleted {
	case "":
		f.NotDeleted = true
	case "include":
	default:
		return f, invalid("deleted=include shows deleted recordings, too; there is no deleted=" + quote(deleted))
	}
	if f.States, err = q.states(); err != nil {
		return f, err
	}
	f.From, f.To, err = q.between()
	return f, err
}

// states reads the states that are wanted: one parameter each, or several in one with commas.
func (q query) states() ([]recording.State, error) {
	var states []recording.State
	for _, text := range strings.Split(strings.Join(q.Values["state"], ","), ",") {
		state := recording.State(text)
		switch {
		case len(q.Values["state"]) == 0:
			return nil, nil
		case !slices.Contains(recording.States(), state):
			return nil, invalid("state is " + oneOf(stateNames()) + ", not " + quote(text))
		case !slices.Contains(states, state):
			states = append(states, state)
		}
	}
	return states, nil
}

func stateNames() []string {
	var names []string
	for _, state := range recording.States() {
		names = append(names, string(state))
	}
	return names
}
