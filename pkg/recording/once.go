package recording

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Once makes repeated requests with the same key one: a client that got no answer may ask again without fear.
type Once struct {
	Key     string // the client's, unique among its own requests for KeyLife
	Request string // a digest of all that was asked, to tell when a key is used for something else
}

// MaxKey is the longest idempotency key, in characters.
const MaxKey = 255

func (o Once) check() error {
	if len(o.Key) > MaxKey {
		return &Error{Code: CodeInvalid, Detail: fmt.Sprintf("the idempotency key is longer than %d characters", MaxKey)}
	}
	for _, b := range []byte(o.Key) {
		if b < ' ' || b > '~' {
			return &Error{Code: CodeInvalid, Detail: "the idempotency key holds something else than printable ASCII"}
		}
	}
	return nil
}

// startOnce looks up what the key was used for before it starts anything: the call may have ended meanwhile, and the
// answer is still the same.
func (s *Service) startOnce(ctx context.Context, req asked) (r *Recording, created bool, err error) {
	if req.Once.Key == "" {
		return s.startAnew(ctx, req)
	}
	for ctx.Err() == nil {
		use, err := s.store.KeyUse(ctx, req.By.Name, req.Once.Key, s.now().Add(-KeyLife))
		switch {
		case errors.Is(err, ErrNotFound):
			req.instead = ""
		case err != nil:
			return nil, false, storeError(err)
		case use.Request != req.Once.Request:
			return nil, false, &Error{Code: CodeKeyReused, Detail: "the idempotency key was used for another request; take a new one"}
		default:
			if r, err = s.startedBefore(ctx, use); r != nil || err != nil {
				return r, use.Created, err
			}
			req.instead = use.RecordingID
		}
		if r, created, err = s.firstUse(ctx, req); !errors.Is(err, ErrKeyUsed) {
			return r, created, err
		}
	}
	return nil, false, stillUnderWay(ctx.Err())
}

// startedBefore returns the recording that an earlier request has made, once its start is over. Neither a recording nor an
// error means that the start was refused, so that the key is free again: such a row has no StartedAt, even if Asterisk did
// not take the hang-up and there is something to hear.
func (s *Service) startedBefore(ctx context.Context, use *KeyUse) (*Recording, error) {
	r, err := s.byID(ctx, use.RecordingID)
	if err != nil {
		return nil, err
	}
	if r.State == Starting {
		if r, err = s.started(ctx, r); err != nil {
			return nil, err
		}
	}
	if r.StartedAt.IsZero() {
		return nil, nil
	}
	return r, nil
}

// started waits until a recording's start is over.
func (s *Service) started(ctx context.Context, r *Recording) (*Recording, error) {
	key, _ := r.RunningKey()
	release, err := s.flights.alone(ctx, key)
	if err != nil {
		return nil, stillUnderWay(err)
	}
	defer release()
	return s.steady(ctx, r.ID)
}

// firstUse starts a recording under a key. What it makes is committed with the key's use; what it finds running gets the
// use afterwards. It returns ErrKeyUsed if somebody else was quicker with the same key.
func (s *Service) firstUse(ctx context.Context, req asked) (r *Recording, created bool, err error) {
	r, created, err = s.startAnew(ctx, req)
	if created || err != nil {
		return r, created, err
	}
	err = s.store.PutKeyUse(ctx, req.use(r, false, s.now()))
	if err != nil && !errors.Is(err, ErrKeyUsed) {
		err = storeError(err)
	}
	return r, false, err
}

// use is what the key is used for.
func (req asked) use(r *Recording, created bool, at time.Time) KeyUse {
	return KeyUse{
		Caller: req.By.Name, Key: req.Once.Key, Request: req.Once.Request, RecordingID: r.ID, Created: created,
		At: at, Instead: req.instead,
	}
}
