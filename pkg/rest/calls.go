package rest

import (
	"net/http"

	"ari-recorder/pkg/recording"
)

var callFilters = []string{"node", "uniqueid", "external_reference", "from", "to", "limit", "cursor"}

var callList = list[recording.CallRecord]{
	name: "call_records",
	position: func(c recording.CallRecord) recording.Position {
		return recording.Position{At: c.StartedAt, Seq: c.Seq}
	},
	json: func(c recording.CallRecord) any { return showCallRecord(c) },
}

func (d *door) callRecords(r *request) error {
	f := recording.CallFilter{
		Node: r.query.Get("node"), UniqueID: r.query.Get("uniqueid"), ExternalReference: r.query.Get("external_reference"),
	}
	var err error
	if f.From, f.To, err = r.query.between(); err != nil {
		return err
	}
	p, err := callList.turn(r.query, func(p recording.Page) ([]recording.CallRecord, error) {
		return d.service.CallRecords(r.Request().Context(), f, p)
	})
	if err != nil {
		return err
	}
	return callList.show(d, r, p)
}

func (d *door) callRecord(r *request) error {
	uniqueID, err := r.uniqueID()
	if err != nil {
		return err
	}
	found, err := d.service.CallRecord(r.Request().Context(), r.query.Get("node"), uniqueID)
	if err != nil {
		return err
	}
	return r.answer(http.StatusOK, showCallRecord(*found))
}

// callRecord is a call that was recorded, in JSON.
type callRecord struct {
	Node              string                 `json:"node"`
	LinkedID          string                 `json:"linkedid"`
	ExternalReference string                 `json:"external_reference"`
	StartedAt         *string                `json:"started_at"`
	Legs              []leg                  `json:"legs"`
	Recordings        []*recording.Recording `json:"recordings"`
}

type leg struct {
	UniqueID  string `json:"uniqueid"`
	Channel   string `json:"channel"`
	Extension string `json:"extension"`
}

func showCallRecord(c recording.CallRecord) callRecord {
	out := callRecord{
		Node: c.Node, LinkedID: c.LinkedID, ExternalReference: c.ExternalReference, StartedAt: showTime(c.StartedAt),
		Legs: make([]leg, len(c.Legs)), Recordings: append([]*recording.Recording{}, c.Recordings...),
	}
	for i, l := range c.Legs {
		out.Legs[i] = leg{l.UniqueID, l.Channel, l.Extension}
	}
	return out
}
