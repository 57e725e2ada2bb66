package recording

import (
	"context"
	"io"
	"time"
)

// Store keeps recordings, their timelines, calls and the audit trail. Tags, uniqueids and nodes are compared byte for
// byte. Every method may return ErrStoreDown (wrapped) when the database cannot be reached.
type Store interface {
	// Create inserts r with its first event, sets r.Seq and r.Version, and leases it to r.Owner. It returns ErrRunning if
	// another recording holds the same RunningKey. After ErrStoreDown the row may be there: Get tells.
	Create(ctx context.Context, r *Recording, e Event) error
	// CreateOnce is Create under an idempotency key: the use is committed with the row, or neither is. It returns ErrKeyUsed
	// if use.Caller has used the key since use.At minus KeyLife, unless for use.Instead.
	CreateOnce(ctx context.Context, r *Recording, e Event, use KeyUse) error
	// Update writes r and its events in one transaction if the row still has r.Version, which it then raises; else it
	// returns ErrConflict and r is unchanged. A row in work keeps a lease for r.Owner.
	Update(ctx context.Context, r *Recording, events ...Event) error
	// Get returns ErrNotFound for an unknown id.
	Get(ctx context.Context, id string) (*Recording, error)
	// States returns the state of each of the ids, at most some hundreds, that has a row.
	States(ctx context.Context, ids []string) (map[string]State, error)
	// Find returns what matches, newest first.
	Find(ctx context.Context, f Filter) ([]*Recording, error)
	// LiveCalls returns, by the recording's id, the uniqueid of each of the node's recordings whose CallEndedAt is not set.
	LiveCalls(ctx context.Context, node string) (map[string]string, error)
	// Nodes names the nodes of what matches; Before and Limit are not looked at.
	Nodes(ctx context.Context, f Filter) ([]string, error)
	// Count counts what matches; Before and Limit are not looked at.
	Count(ctx context.Context, f Filter) (int, error)
	// Claim makes owner the owner of the node's rows in work that are its own already, nobody's, or whose lease has run
	// out, renews their leases and returns them. A row that changes hands gets a new version: who lost it gets ErrConflict.
	Claim(ctx context.Context, node, owner string) ([]*Recording, error)
	// Renew prolongs the leases of all rows in work that belong to owner.
	Renew(ctx context.Context, owner string) error
	// Release lets the leases of all rows in work that belong to owner run out at once. It stays their owner until another
	// one claims them.
	Release(ctx context.Context, owner string) error
	// Abandoned names the nodes with rows in work that Claim would take from another owner, or from none.
	Abandoned(ctx context.Context, owner string) ([]string, error)
	// Events returns a recording's timeline, oldest first.
	Events(ctx context.Context, id string) ([]Event, error)
	// PutCall merges the call's legs and sets its latest external reference.
	PutCall(ctx context.Context, c Call) error
	// Call returns the record of the call that had a leg with the uniqueid, or ErrNotFound.
	Call(ctx context.Context, node, uniqueID string) (*Call, error)
	// Audit appends to the audit trail.
	Audit(ctx context.Context, e AuditEntry) error
	// List returns what matches, newest first by the time of creation; Before and Limit of the filter are not looked at.
	List(ctx context.Context, f Filter, p Page) ([]*Recording, error)
	// Calls returns records of calls, newest first.
	Calls(ctx context.Context, f CallFilter, p Page) ([]*Call, error)
	// AuditTrail returns entries of the audit trail, newest first.
	AuditTrail(ctx context.Context, f AuditFilter, p Page) ([]AuditEntry, error)
	// Doomed returns at most limit recordings whose audio is to go, in the order of the time that dooms them and then of
	// Seq, beginning behind after.
	Doomed(ctx context.Context, d Doom, after Position, limit int) ([]*Recording, error)
	// KeyUse returns what the caller has used the key for, or ErrNotFound; uses from before since do not count.
	KeyUse(ctx context.Context, caller, key string, since time.Time) (*KeyUse, error)
	// PutKeyUse writes down a use that made no recording, under the same rules as CreateOnce.
	PutKeyUse(ctx context.Context, use KeyUse) error
	// ForgetKeyUses removes uses from before the time.
	ForgetKeyUses(ctx context.Context, before time.Time) error
	// Ping asks for one round trip.
	Ping(ctx context.Context) error
}

// Filter selects recordings; empty fields do not select. Before and Limit page: only rows with a smaller Seq.
type Filter struct {
	Tag       string
	Node      string
	UniqueID  string
	UniqueIDs []string // any of these; at most some thousands
	LinkedID  string
	Extension string
	States    []State

	From time.Time // started then or later; for those that never started, the creation counts
	To   time.Time // started before then

	NotDeleted   bool
	CallLives    bool // CallEndedAt is not set
	SourceExists bool // state available or failed, and SourceDeletedAt is not set

	Before int64
	Limit  int
}

// Switch is Asterisk, seen as what can be asked of it. Names are those of TrackName. Every method may return
// ErrSwitchDown (wrapped): no answer in time, no connection, or an answer of the 5xx kind.
type Switch interface {
	// Snoop makes the snoop channel called t.Name on t.UniqueID, keeps it out of Asterisk's CDRs and CELs if it can, and
	// returns once it has entered our application. It returns ErrChannelGone if there is nothing to listen to, ErrNoStasis if it did not enter in time; in the latter case
	// the caller hangs it up.
	Snoop(ctx context.Context, node string, t Track, recordingID string) error
	// Record starts the live recording called name on the snoop channel of the same name and returns when Asterisk said
	// that it records, with our clock at that moment. It returns ErrRefused with ARI's words, ErrNotStarted if nothing
	// was heard in time and Asterisk does not know the recording either, ErrEndedAtOnce if the end came with the start.
	Record(ctx context.Context, node, name string, f Format, limit time.Duration) (time.Time, error)
	// End hangs up the snoop channel and returns once its live recording is closed; one that is closed or unknown
	// already is no error.
	End(ctx context.Context, node, name string) error
	// Pause lets the live recording leave out what is said from now on; one that is paused stays so. It returns
	// ErrNotRecording if Asterisk knows no recording of that name that runs.
	Pause(ctx context.Context, node, name string) error
	// Resume lets a paused recording go on; one that is not paused stays as it is. Its errors are those of Pause.
	Resume(ctx context.Context, node, name string) error
	// Live returns what the live recording does in Asterisk at this moment.
	Live(ctx context.Context, node, name string) (LiveState, error)
	// Stored returns whether Asterisk has a file of that name, finished or not.
	Stored(ctx context.Context, node, name string, f Format) (bool, error)
	// StoredNames visits the names of all files that Asterisk has, finished or not and whoever made them, until visit
	// returns an error. There may be very many, and it may take Asterisk seconds.
	StoredNames(ctx context.Context, node string, visit func(name string) error) error
	// Fetch opens Asterisk's file; size is in bytes, or -1 if not known. It returns ErrNoSuchStored.
	Fetch(ctx context.Context, node, name string, f Format) (body io.ReadCloser, size int64, err error)
	// Discard deletes Asterisk's file; a missing one is no error.
	Discard(ctx context.Context, node, name string) error
	// LinkedID asks for a channel's linkedid; it returns ErrChannelGone.
	LinkedID(ctx context.Context, node, uniqueID string) (string, error)
	// HeardUntil returns the moment, on our clock, up to which all events of the node that are connected have been heard: now,
	// where they come as they happen.
	HeardUntil(node string) time.Time
}

// LiveState is what a live recording does in Asterisk.
type LiveState int

// The values of LiveState. The zero value is that Asterisk knows no such recording.
const (
	LiveGone      LiveState = iota
	LiveRecording           // or about to: one that is queued counts
	LivePaused
)

// Archive keeps finished audio. It returns ErrNoAudioFile for an unknown key.
type Archive interface {
	// Put reads src to its end, repairs the header, measures the bytes and keeps them under a key of its choice for the
	// recording's id. Afterwards the file is there whole and durable, or not at all. Putting the same id again replaces
	// the file. It returns ErrBadAudio (wrapped) for what cannot be read as WAV, ErrNoSamples for a WAV
	// without audio, any other error for what may be retried.
	Put(ctx context.Context, r *Recording, src io.Reader, size int64) (*Audio, error)
	// Measure reads again the file that an earlier Put has made for the recording.
	Measure(ctx context.Context, r *Recording) (*Audio, error)
	// Open opens the file for reading at any place, whatever becomes of ctx afterwards; the caller closes it.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Delete removes whatever there is of the recording's audio for good, what a Put that was cut off has left included;
	// none is no error. Afterwards it stays away, also through a crash.
	Delete(ctx context.Context, r *Recording) error
}

// Access decides who may hear what.
type Access interface {
	// MayHear tells whether somebody of that name may hear a recording of the extension under the tag. The name is what
	// the caller says of itself, or that of its credential.
	MayHear(username, extension, tag string, private bool) bool
}

// Observer is told what happened, for metrics. Its methods return at once.
type Observer interface {
	// Started reports every start request's outcome ("" for success, else the code) and how long it took.
	Started(code Code, took time.Duration)
	// Moved reports every committed change of state; from is empty for a new recording.
	Moved(from, to State)
	// Failed reports the cause of every recording that became failed.
	Failed(cause FailureCode)
	// Archived reports that audio was proven and stored, and how long that took.
	Archived(a Audio, took time.Duration)
	// NotArchived reports that a finished recording could not be stored yet; it will be tried again.
	NotArchived()
	// NotAudited reports that an entry of the audit trail could not be written.
	NotAudited(action Action)
}

// Signal is an event of Asterisk that concerns recordings.
type Signal struct {
	Kind   Kind
	Node   string
	Name   string    // the live recording or snoop channel of TrackEnded, a channel's uniqueid for the others
	Bridge string    // the bridge's id, for Moved; may be empty, as may its Name
	By     string    // the uniqueid of the channel that calls, for Calling; may be empty
	At     time.Time // on our clock, when it happened
}

// Kind says what a Signal means.
type Kind int

// The kinds of Signal.
const (
	TrackEnded   Kind = iota + 1 // the live recording is finished, or its snoop channel gone
	ChannelEnded                 // a channel that is no snoop was destroyed
	Resynced                     // the node's channels have just been listed anew; anything may have been missed
	EventsCut                    // from now on nothing of the node is heard, until a Resynced
	Moved                        // who talks with whom has changed at the channel or the bridge; the index knows it already
	Calling                      // a channel may be about to join a call
)
