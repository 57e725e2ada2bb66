package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
)

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

// hand opens the file and counts what matches.
func (s *Service) hand(ctx context.Context, out *Retrieved, filter *Filter) (err error) {
	out.Count = 1
	if filter != nil {
		filter.NotDeleted = true
		if out.Count, err = s.store.Count(ctx, *filter); err != nil {
			return storeError(err)
		}
	}
	if out.Audio, err = s.openWhole(ctx, out.Recording.Audio); err == nil {
		return nil
	}
	if r, getErr := s.store.Get(ctx, out.Recording.ID); getErr == nil && r.Deleted() {
		return deleted() // it was erased since we have read the row
	}
	return storageDown("the audio cannot be read at the moment; try again shortly", err)
}

// openWhole opens the file if it has the size that was archived: another one is not handed out as if it were that.
func (s *Service) openWhole(ctx context.Context, audio *Audio) (io.ReadSeekCloser, error) {
	file, err := s.archive.Open(ctx, audio.Key)
	if err != nil {
		return nil, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil && size != audio.Size {
		err = fmt.Errorf("the stored file has %d bytes, not the %d that were archived", size, audio.Size)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func deleted() *Error { return &Error{Code: CodeDeleted, Detail: "the recording was deleted"} }
