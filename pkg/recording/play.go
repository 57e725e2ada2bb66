package recording

import "context"

// PlayRequest asks for the audio of one recording by its id.
type PlayRequest struct {
	ID       string
	Username string // who wants to hear it; empty: the credential's name counts
	By       Actor
}

// Play opens one recording's audio. As with Retrieve, every use is in the audit trail, and without that there is no
// audio. Errors are *Error: CodeInvalid, CodeNoRecording, CodePrivate, CodeUserDenied, CodeDeleted, CodeFailed, CodeInProgress,
// CodeNotStored, CodeDatabase, CodeStorage.
func (s *Service) Play(ctx context.Context, req PlayRequest) (*Retrieved, error) {
	return nil, notBuilt
}

// Denied writes into the audit trail that a door has refused a request. What keeps it from that is in the log.
func (s *Service) Denied(ctx context.Context, e AuditEntry) {}
