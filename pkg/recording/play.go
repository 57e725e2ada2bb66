package recording

import (
	"cmp"
	"context"

	"ari-recorder/pkg/journal"
)

// PlayRequest asks for the audio of one recording by its id.
type PlayRequest struct {
	ID       string
	Username string // who wants to hear it; empty: the credential's name counts
	By       Actor
	Part     bool // a part of the file: within a minute of an entry in the audit trail for the same caller it needs no further one
}

// Play opens one recording's audio. As with Retrieve, every use is in the audit trail, and without that there is no
// audio. Errors are *Error: CodeInvalid, CodeNoRecording, CodePrivate, CodeUserDenied, CodeDeleted, CodeFailed, CodeInProgress,
// CodeNotStored, CodeAsterisk, CodeDatabase, CodeStorage.
func (s *Service) Play(ctx context.Context, req PlayRequest) (*Retrieved, error) {
	journal.Of(ctx).For(req.Username)
	d := newDeed(ActionPlay, req.By, "id="+req.ID).as(req.Username)
	if req.Username != "" {
		if err := checkText("the username", req.Username, MaxUsername); err != nil {
			s.attest(ctx, d, "", err)
			return nil, err
		}
	}
	out, err := s.await(ctx, cmp.Or(req.Username, req.By.Name), func(ctx context.Context) (*Recording, *Filter, error) {
		r, err := s.byID(ctx, req.ID)
		return r, nil, err
	})
	who := listener{req.ID, req.Username, req.By.Name, req.By.Address}
	if err == nil && req.Part && s.plays.goesOn(who) {
		return out, nil
	}
	out, err = s.handOut(ctx, d, out, err)
	if err == nil {
		s.plays.note(who)
	}
	return out, err
}
