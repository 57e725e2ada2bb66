package recording

import "context"

// Delete hides a recording that has ended: its audio can be had back for the undelete window. One that is deleted stays
// so. Errors are *Error: CodeNoRecording, CodeState while it is in work, CodeLegalHold, CodeDatabase.
func (s *Service) Delete(ctx context.Context, c Control) error { return notBuilt }

// Restore takes a deletion back. Errors are *Error: CodeNoRecording, CodeDeleted once the audio is erased, CodeDatabase.
func (s *Service) Restore(ctx context.Context, c Control) (*Recording, error) { return nil, notBuilt }

// Erase removes the audio for good, Asterisk's copy included, and keeps the row, deleted. Where a part cannot be reached the
// request is written down all the same and carried out as soon as it can be. Errors are those of Delete, and
// CodeStorage, CodeAsterisk.
func (s *Service) Erase(ctx context.Context, c Control) error { return notBuilt }
