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
	Audit   *AuditEntry // goes into the audit trail in the same transaction; nil: nothing does. It is not part of the timeline
	Call    *Call       // is put as by PutCall in the same transaction; nil: none is. It is not part of the timeline
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
	EventPaused    EventKind = "paused"
	EventResumed   EventKind = "resumed"
	EventTag       EventKind = "tag_changed"
	EventPrivate   EventKind = "private_changed"
	EventLegalHold EventKind = "legal_hold_changed"
	EventDeleted   EventKind = "deleted"
	EventRestored  EventKind = "restored"
	EventErase     EventKind = "erase_requested"
	EventErased    EventKind = "erased"

	EventPartyJoined EventKind = "party_joined" // Detail is its uniqueid
	EventPartyLeft   EventKind = "party_left"
	EventReleased    EventKind = "released" // its instance has stopped in good order
)

// Call is our record of a call that was recorded, keyed by node and linkedid.
type Call struct {
	Seq               int64 // order of creation, given by the store
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
	Seq         int64 // order of writing, given by the store
	At          time.Time
	Action      Action
	Username    string // as the caller gave it
	Actor       Actor
	Subject     string // what was asked for, such as tag=22
	RecordingID string // empty if none was found
	Outcome     string // OutcomeOK or the code of the error
}

// OutcomeOK is the outcome of what was done as asked.
const OutcomeOK = "ok"

// Action is a stable word for what somebody wanted.
type Action string

// The actions of the audit trail.
const (
	ActionStart     Action = "start"
	ActionStop      Action = "stop"
	ActionPause     Action = "pause"
	ActionResume    Action = "resume"
	ActionRetrieve  Action = "retrieve" // by tag or uniqueid, through the legacy address
	ActionPlay      Action = "play"     // by the recording's id
	ActionTag       Action = "tag"
	ActionPrivate   Action = "private"
	ActionLegalHold Action = "legal_hold"
	ActionDelete    Action = "delete"
	ActionRestore   Action = "restore"
	ActionErase     Action = "erase"
	ActionDenied    Action = "denied" // a request that the doors have refused
)

// Position is a place in a list that is ordered by a time and then by Seq; the zero value is before its beginning.
type Position struct {
	At  time.Time
	Seq int64
}

// Page selects a part of a list: at most Limit entries (0: all) that follow After.
type Page struct {
	After Position
	Limit int
}

// CallFilter selects records of calls; empty fields do not select.
type CallFilter struct {
	Node              string
	UniqueID          string // of any leg, or the call's linkedid
	ExternalReference string
	From              time.Time // by StartedAt, inclusive
	To                time.Time // exclusive
}

// AuditFilter selects entries of the audit trail; empty fields do not select.
type AuditFilter struct {
	Action      Action
	Username    string
	Key         string // the credential's name
	RecordingID string
	Outcome     string
	From        time.Time // inclusive
	To          time.Time // exclusive
}

// Doom is why audio is to go; legal holds, what is in work and what is gone already never match.
type Doom struct {
	Cause  Cause
	Before time.Time // of the time that dooms: the deletion's, or the creation's
}

// Cause says why audio is to go.
type Cause int

// The causes of Doom.
const (
	DoomAsked   Cause = iota + 1 // erasure was asked for, and is not done yet; by EraseAskedAt
	DoomDeleted                  // deleted; by DeletedAt
	DoomAged                     // not deleted; by CreatedAt
)

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 24 * time.Hour

// KeyUse is what a caller has used an idempotency key for.
type KeyUse struct {
	Caller      string // the credential's name; empty where none was asked for
	Key         string
	Request     string // tells one request from another: a digest of what was asked
	RecordingID string
	Created     bool // the request made the recording; else it found it running
	At          time.Time
	Instead     string // when written: the id of a recording whose use of the key is void, since its start failed
}
