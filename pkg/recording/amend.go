package recording

import "context"

// Amendment is what is to be changed about a recording; nil fields stay as they are.
type Amendment struct {
	Control
	Tag       *string
	Private   *bool
	LegalHold *bool
}

// Amend changes what people say about a recording, in one go. Errors are *Error: CodeInvalid, CodeNoRecording,
// CodeDatabase.
func (s *Service) Amend(ctx context.Context, a Amendment) (*Recording, error) { return nil, notBuilt }
