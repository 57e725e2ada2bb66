package rest

import (
	"net/http"

	"ari-recorder/pkg/recording"
)

// event is a line of a recording's timeline, in JSON.
type event struct {
	At      *string `json:"at"`
	Kind    string  `json:"kind"`
	State   string  `json:"state"`
	Actor   string  `json:"actor"`
	Address string  `json:"address"`
	Detail  string  `json:"detail"`
}

func (d *door) events(r *request) error {
	id, err := r.id()
	if err != nil {
		return err
	}
	timeline, err := d.service.Timeline(r.Request().Context(), id)
	if err != nil {
		return err
	}
	events := make([]event, len(timeline))
	for i, e := range timeline {
		events[i] = event{showTime(e.At), string(e.Kind), string(e.State), e.Actor, e.Address, e.Detail}
	}
	return r.answer(http.StatusOK, map[string]any{"events": events})
}

var auditFilters = []string{"action", "username", "key", "recording", "outcome", "from", "to", "limit", "cursor"}

// entry is a line of the audit trail, in JSON.
type entry struct {
	At          *string `json:"at"`
	Action      string  `json:"action"`
	Outcome     string  `json:"outcome"`
	Username    string  `json:"username"`
	Key         string  `json:"key"`
	Address     string  `json:"address"`
	RequestID   string  `json:"request_id"`
	Subject     string  `json:"subject"`
	RecordingID *string `json:"recording_id"`
}

var auditList = list[recording.AuditEntry]{
	name: "entries",
	position: func(e recording.AuditEntry) recording.Position {
		return recording.Position{At: e.At, Seq: e.Seq}
	},
	json: func(e recording.AuditEntry) any {
		return entry{
			showTime(e.At), string(e.Action), e.Outcome, e.Username, e.Actor.Name, e.Actor.Address, e.Actor.RequestID,
			e.Subject, orNull(e.RecordingID),
		}
	},
	columns: []string{"at", "action", "outcome", "username", "key", "address", "request_id", "subject", "recording_id"},
}

func (d *door) audit(r *request) error {
	f := recording.AuditFilter{
		Action: recording.Action(r.query.Get("action")), Username: r.query.Get("username"), Key: r.query.Get("key"),
		RecordingID: r.query.Get("recording"), Outcome: r.query.Get("outcome"),
	}
	if f.RecordingID != "" && !idPattern.MatchString(f.RecordingID) {
		return invalid("recording is a recording's id, not " + quote(f.RecordingID))
	}
	var err error
	if f.From, f.To, err = r.query.between(); err != nil {
		return err
	}
	p, err := auditList.turn(r.query, func(p recording.Page) ([]recording.AuditEntry, error) {
		return d.service.AuditTrail(r.Request().Context(), f, p)
	})
	if err != nil {
		return err
	}
	return auditList.show(d, r, p)
}
