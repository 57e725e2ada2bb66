package api

import "net/http"

// Problem is how an error code is told over HTTP.
type Problem struct {
	Code   string // stable word; those of recording.Code, and the doors' own below
	Status int    // HTTP status
	Title  string // what kind of problem it is, the same for every occurrence
}

// The codes of what is wrong with a request before any rule about recordings is asked.
const (
	CodeUnauthorized     = "unauthorized"          // no credentials
	CodeForbidden        = "forbidden"             // not enough, or a browser page that may not
	CodeNotFound         = "not_found"             // no such address
	CodeMethodNotAllowed = "method_not_allowed"    // not with this HTTP method
	CodeNotAcceptable    = "not_acceptable"        // no such representation
	CodePayloadTooLarge  = "too_large"             // the body or the headers
	CodeUnsupportedType  = "unsupported_type"      // the body's media type
	CodePrecondition     = "precondition_failed"   // If-Match and its like
	CodeRange            = "range_not_satisfiable" // bytes that a file does not have
	CodeRateLimited      = "rate_limited"          // more requests a second than the key or the address may make
	CodeNotImplemented   = "not_implemented"       // comes with a later version
	codeInternal         = "internal"
)

// problems is the contract's table of statuses. Clients rely on every line: a change is a breaking change.
var problems = []Problem{
	{"invalid", http.StatusBadRequest, "The request is malformed"},
	{CodeUnauthorized, http.StatusUnauthorized, "Credentials are missing"},
	{CodeForbidden, http.StatusForbidden, "The caller may not do this"},
	{"user_not_allowed", http.StatusForbidden, "The user may not hear this recording"},
	{"private", http.StatusForbidden, "The recording is private"},
	{CodeNotFound, http.StatusNotFound, "There is no such address"},
	{"no_channel", http.StatusNotFound, "There is no such live call"},
	{"no_recording", http.StatusNotFound, "There is no such recording"},
	{"no_call", http.StatusNotFound, "There is no record of such a call"},
	{CodeMethodNotAllowed, http.StatusMethodNotAllowed, "The address does not take this method"},
	{CodeNotAcceptable, http.StatusNotAcceptable, "There is no such representation"},
	{"not_answered", http.StatusConflict, "The call is not answered yet"},
	{"ambiguous", http.StatusConflict, "Several calls could be meant"},
	{"other_tag", http.StatusConflict, "The call is being recorded under another tag"},
	{"not_recorded", http.StatusConflict, "The call was not being recorded"},
	{"legal_hold", http.StatusConflict, "A legal hold forbids it"},
	{"wrong_state", http.StatusConflict, "The recording is not in a state for that"},
	{"call_in_progress", http.StatusConflict, "The call is still in progress"},
	{"deleted", http.StatusGone, "The recording was deleted"},
	{CodePrecondition, http.StatusPreconditionFailed, "The file is another one"},
	{CodePayloadTooLarge, http.StatusRequestEntityTooLarge, "The request is too large"},
	{CodeUnsupportedType, http.StatusUnsupportedMediaType, "The body is of a type that is not taken here"},
	{CodeRange, http.StatusRequestedRangeNotSatisfiable, "The file has no such range"},
	{"key_reused", http.StatusUnprocessableEntity, "The idempotency key was used for another request"},
	{"recording_failed", http.StatusUnprocessableEntity, "The recording failed"},
	{CodeRateLimited, http.StatusTooManyRequests, "Too many requests"},
	{"too_many", http.StatusTooManyRequests, "Too many recordings run"},
	{codeInternal, http.StatusInternalServerError, "Internal error"},
	{CodeNotImplemented, http.StatusNotImplemented, "This version cannot do that"},
	{"asterisk_unavailable", http.StatusServiceUnavailable, "Asterisk cannot be reached"},
	{"database_unavailable", http.StatusServiceUnavailable, "The database cannot be reached"},
	{"storage_unavailable", http.StatusServiceUnavailable, "The audio storage cannot be reached"},
	{"storage_full", http.StatusServiceUnavailable, "Too little room is left for audio"},
	{"not_stored_yet", http.StatusServiceUnavailable, "The audio is not stored yet"},
}

var byCode = func() map[string]Problem {
	index := make(map[string]Problem, len(problems))
	for _, p := range problems {
		index[p.Code] = p
	}
	return index
}()

// Problems returns the whole table.
func Problems() []Problem { return append([]Problem(nil), problems...) }

// ProblemOf looks a code up. An unknown one is our own mistake, and so internal.
func ProblemOf(code string) Problem {
	p, known := byCode[code]
	if !known {
		return byCode[codeInternal]
	}
	return p
}

// Retryable tells whether clients with this problem get a Retry-After.
func (p Problem) Retryable() bool {
	return p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable
}
