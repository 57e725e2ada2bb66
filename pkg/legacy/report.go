package legacy

import (
	"errors"
	"time"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// fault is what is wrong with a request before the domain is asked.
type fault struct {
	code    string // of api.Problems
	detail  string // one line that the caller can act on
	soap    string // SOAP's own code for it, "" if SOAP has no word for it
	garbled bool   // what was posted is no SOAP message, so that no client of SOAP waits for a fault
}

// Error gives the line.
func (f fault) Error() string { return f.detail }

const codeInvalid = string(recording.CodeInvalid)

func malformed(detail string) error { return fault{code: codeInvalid, detail: detail} }

func garbled(detail string) error {
	return fault{code: codeInvalid, detail: detail, garbled: true}
}

// report is an error as callers are told it.
type report struct {
	problem     api.Problem
	detail      string // one line
	retry       time.Duration
	candidates  []recording.Candidate
	recordingID string
	soap        string
	garbled     bool
}

// reportOf takes an error apart. What the domain did not word for callers stays inside.
func reportOf(err error) report {
	var f fault
	if errors.As(err, &f) {
		return report{problem: api.ProblemOf(f.code), detail: f.detail, soap: f.soap, garbled: f.garbled}
	}
	var e *recording.Error
	if errors.As(err, &e) {
		return report{
			problem: api.ProblemOf(string(e.Code)), detail: e.Detail,
			retry: e.RetryAfter, candidates: e.Candidates, recordingID: e.RecordingID,
		}
	}
	return report{problem: api.ProblemOf(string(recording.CodeInternal)), detail: "internal error; the log has the details"}
}
