package recording

import "time"

// Actor is who asks, as far as the door knows.
type Actor struct {
	Name      string // the credential's name; empty where none was asked for
	Address   string // the client's, after trusted proxies
	RequestID string
}

// Event is a line of a recording's timeline.
type Event struct {
	At      time.Time
	Kind    EventKind
	State   State // after the event
	Actor   string
	Address string
	Detail  string
}

// EventKind is a stable word for what happened to a recording.
type EventKind string

// The kinds of Event.
const (
	EventRequested EventKind = "requested"
	EventStarted   EventKind = "started"
	EventStop      EventKind = "stop_requested"
	EventEnded     EventKind = "ended"
	EventCallEnded EventKind = "call_ended"
	EventArchived  EventKind = "archived"
	EventFailed    EventKind = "failed"
	EventAdopted   EventKind = "adopted"
	EventSwept     EventKind = "source_deleted"
	EventLinked    EventKind = "linkedid_learnt"
)

// Call is our record of a call that was recorded, keyed by node and linkedid.
type Call struct {
	Node              string
	LinkedID          string
	ExternalReference string // the tag of the latest start on any of its legs
	StartedAt         time.Time
	Legs              []Leg
}

// Leg is one channel of a call.
type Leg struct {
	UniqueID  string
	Channel   string
	Extension string
}

// AuditEntry is a line of the audit trail: who asked for what, and what came of it.
type AuditEntry struct {
	At          time.Time
	Action      string // such as retrieve
	Username    string // as the caller gave it
	Actor       Actor
	Subject     string // what was asked for, such as tag=22
	RecordingID string // empty if none was found
	Outcome     string // "ok" or the code of the error
}
