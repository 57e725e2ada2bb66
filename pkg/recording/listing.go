package recording

import (
	"context"

	"ari-recorder/pkg/channels"
)

// List returns recordings, newest first by the time of creation. Errors are *Error: CodeInvalid, CodeDatabase.
func (s *Service) List(ctx context.Context, f Filter, p Page) ([]*Recording, error) {
	return nil, notBuilt
}

// Timeline returns who did what to the recording, when and from where, oldest first. Errors are *Error:
// CodeNoRecording, CodeDatabase.
func (s *Service) Timeline(ctx context.Context, id string) ([]Event, error) { return nil, notBuilt }

// CallRecord is our record of a call with its recordings, newest first.
type CallRecord struct {
	Call
	Recordings []*Recording
}

// CallRecords returns records of calls, newest first. Errors are *Error: CodeDatabase.
func (s *Service) CallRecords(ctx context.Context, f CallFilter, p Page) ([]CallRecord, error) {
	return nil, notBuilt
}

// CallRecord returns the record of the call that had a leg with the uniqueid, or has it as its linkedid; the newest if
// several nodes have one. Errors are *Error: CodeNoCall, CodeDatabase.
func (s *Service) CallRecord(ctx context.Context, node, uniqueID string) (*CallRecord, error) {
	return nil, notBuilt
}

// AuditTrail returns entries of the audit trail, newest first. Errors are *Error: CodeDatabase.
func (s *Service) AuditTrail(ctx context.Context, f AuditFilter, p Page) ([]AuditEntry, error) {
	return nil, notBuilt
}

// LiveCall is a live channel and the recording that runs on it, as far as this instance knows.
type LiveCall struct {
	channels.Channel
	RecordingID string // empty: none
}

// LiveCalls returns the live channels that could be recorded, oldest first; an empty node means all. Errors are *Error:
// CodeInvalid for an unknown node, CodeAsterisk while the channels are not known.
func (s *Service) LiveCalls(ctx context.Context, node string) ([]LiveCall, error) {
	return nil, notBuilt
}

// LiveCall returns the live channel with the uniqueid. Errors are *Error: CodeNoChannel, CodeAmbiguous if two nodes have
// one, CodeInvalid, CodeAsterisk.
func (s *Service) LiveCall(ctx context.Context, node, uniqueID string) (*LiveCall, error) {
	return nil, notBuilt
}

// Resolve tells which channel a start would record, and why, and does nothing. Errors are those of Start up to there;
// the resolution holds the candidates in that case, too.
func (s *Service) Resolve(ctx context.Context, q channels.Query) (channels.Resolution, error) {
	return channels.Resolution{}, notBuilt
}
