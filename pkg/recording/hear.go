package recording

// mayHear tells whether the user may hear the recording once there is something to hear. Without rules everybody may,
// but private recordings nobody.
func (s *Service) mayHear(username string, r *Recording) error {
	may := func(private bool) bool {
		if s.Access == nil {
			return !private
		}
		return s.Access.MayHear(username, r.Extension, r.Tag, private)
	}
	switch {
	case may(r.Private):
		return nil
	case r.Private && may(false):
		return &Error{Code: CodePrivate, Detail: "the recording is private"}
	default:
		return &Error{Code: CodeUserDenied, Detail: "the user may not hear recordings of this extension and tag"}
	}
}

// audible tells whether the recording's audio may be handed out to the user now; CodeNotStored means that it will be
// shortly.
func (s *Service) audible(username string, r *Recording) error {
	if err := s.mayHear(username, r); err != nil {
		return err
	}
	switch {
	case r.Deleted():
		return deleted()
	case r.State == Failed:
		return failed(r)
	}
	if err := s.over(r); err != nil {
		return err
	}
	if r.State != Available {
		return &Error{Code: CodeNotStored, Detail: "the audio is not stored yet; try again shortly", RetryAfter: retry}
	}
	return nil
}

// over tells whether the recording's call has gone far enough for its audio to be handed out.
func (s *Service) over(r *Recording) error {
	if !r.CallEndedAt.IsZero() || !r.State.Running() && s.RetrieveDuringCall {
		return nil
	}
	if _, lives := s.index.Get(r.Node, r.UniqueID); lives {
		return &Error{Code: CodeInProgress, Detail: "the call is still in progress; ask again when it has ended"}
	}
	if !s.index.Ready(r.Node) {
		return asteriskDown("Asterisk cannot be reached, so it is not known whether the call has ended; try again shortly", nil)
	}
	return nil
}

func deleted() *Error { return &Error{Code: CodeDeleted, Detail: "the recording was deleted"} }
