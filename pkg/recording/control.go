package recording

import "context"

// Control asks for something to be done with one recording.
type Control struct {
	ID string
	By Actor
}

// Pause leaves out what is said from now on and returns once Asterisk has confirmed it; a paused recording stays as it
// is. Errors are *Error: CodeNoRecording, CodeState, CodeAsterisk, CodeDatabase.
func (s *Service) Pause(ctx context.Context, c Control) (*Recording, error) { return nil, notBuilt }

// Resume goes on with a paused recording; one that runs stays as it is. Errors are those of Pause.
func (s *Service) Resume(ctx context.Context, c Control) (*Recording, error) { return nil, notBuilt }

// End stops one recording and returns once Asterisk has closed its file; one that has ended is returned as it is. Errors
// are *Error: CodeNoRecording, CodeFailed, CodeAsterisk, CodeDatabase.
func (s *Service) End(ctx context.Context, c Control) (*Recording, error) { return nil, notBuilt }

var notBuilt = &Error{Code: CodeInternal, Detail: "not built yet"}
