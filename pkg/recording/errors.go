package recording

import (
	"errors"
	"time"
)

// Code is the stable word for what is wrong with a request. The outer packages map codes to statuses, in one table.
type Code string

// The codes of Error.
const (
	CodeInvalid     Code = "invalid"          // a parameter is missing or malformed
	CodeNoChannel   Code = "no_channel"       // no live channel for the extension or uniqueid
	CodeNoRecording Code = "no_recording"     // no recording with that tag or uniqueid
	CodeNoCall      Code = "no_call"          // no record of a call with that uniqueid
	CodeNotAnswered Code = "not_answered"     // ringing
	CodeAmbiguous   Code = "ambiguous"        // several equal candidates
	CodeOtherTag    Code = "other_tag"        // it is recorded under another tag
	CodeNotRecorded Code = "not_recorded"     // stop of what was never recorded
	CodeInProgress  Code = "call_in_progress" // the recorded channel lives
	CodePrivate     Code = "private"          // private recordings are not handed out
	CodeDeleted     Code = "deleted"          // deleted, and nothing else matches
	CodeFailed      Code = "recording_failed" // no audio exists
	CodeTooMany     Code = "too_many"         // max_active reached
	CodeLegalHold   Code = "legal_hold"       // a legal hold forbids it
	CodeState       Code = "wrong_state"      // not in the state in which the recording is
	CodeKeyReused   Code = "key_reused"       // the idempotency key was used for another request
	CodeUserDenied  Code = "user_not_allowed" // the username may not hear this recording
	CodeAsterisk    Code = "asterisk_unavailable"
	CodeDatabase    Code = "database_unavailable"
	CodeStorage     Code = "storage_unavailable"
	CodeStorageFull Code = "storage_full" // too little room for another recording
	CodeNotStored   Code = "not_stored_yet"
	CodeInternal    Code = "internal"
)

// Error is what Service's methods return: a code, one line for the caller, and the cause for the log.
type Error struct {
	Code        Code
	Detail      string        // one line that the caller can act on; nothing internal
	RetryAfter  time.Duration // greater than zero where the same request may succeed later
	Candidates  []Candidate   // for CodeAmbiguous
	RecordingID string        // the recording whose audio was asked for, if there is one
	Err         error         // for the log; may be nil
}

// Candidate is a channel, live or recorded once, that a request may mean.
type Candidate struct {
	Node     string
	UniqueID string
}

// Error gives the line and the cause, for logs; callers of the API get Detail alone.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Detail
	}
	return e.Detail + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf finds the code in an error; anything that is no *Error is CodeInternal, nil has the empty code.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	default:
		return CodeInternal
	}
}

// What a Store returns, possibly wrapped.
var (
	ErrNotFound    = errors.New("no such row")
	ErrConflict    = errors.New("the row has changed meanwhile")
	ErrRunning     = errors.New("a recording runs on this channel already")
	ErrKeyUsed     = errors.New("the idempotency key was used already")
	ErrStoreDown   = errors.New("the database cannot be reached")
	ErrNoAudioFile = errors.New("no such file in the archive")
)

// What a Switch returns, possibly wrapped.
var (
	ErrChannelGone  = errors.New("no such channel in Asterisk")
	ErrSwitchDown   = errors.New("no usable answer from Asterisk")
	ErrNoStasis     = errors.New("the snoop channel did not report in")
	ErrRefused      = errors.New("refused by Asterisk")
	ErrNotStarted   = errors.New("the recording was not reported as started")
	ErrEndedAtOnce  = errors.New("the recording ended as it began")
	ErrNotRecording = errors.New("no such live recording in Asterisk")
	ErrNoSuchStored = errors.New("no such recording in Asterisk")
)

// ErrNoSamples is returned by an Archive for a WAV file that holds not one sample.
var ErrNoSamples = errors.New("the file holds no audio")

// ErrBadAudio is returned by an Archive for a file that no retry will make readable.
var ErrBadAudio = errors.New("not a readable WAV file")

// retry is what clients are told to wait after a 503 that heals by itself.
const retry = 2 * time.Second

func databaseDown(err error) *Error {
	return &Error{Code: CodeDatabase, Detail: "the database cannot be reached at the moment; try again shortly", RetryAfter: retry, Err: err}
}

func storageDown(detail string, err error) *Error {
	return &Error{Code: CodeStorage, Detail: detail, RetryAfter: retry, Err: err}
}

func asteriskDown(detail string, err error) *Error {
	return &Error{Code: CodeAsterisk, Detail: detail, RetryAfter: retry, Err: err}
}
