package recording

import (
	"context"
	"errors"
	"time"

	"ari-recorder/pkg/channels"
)

// Resolve tells which channel a start would record, and why, and does nothing. Errors are those of Start up to there;
// the resolution holds the candidates in that case, too.
func (s *Service) Resolve(ctx context.Context, q channels.Query) (channels.Resolution, error) {
	if err := checkChannel(q.Channel); err != nil {
		return channels.Resolution{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	found, err := s.resolve(ctx, q)
	if err == nil {
		return found, nil
	}
	var e *channels.Error
	if errors.As(err, &e) {
		found.By, found.Candidates = e.By, e.Candidates
	}
	return found, resolveError(err)
}

// resolve names the channel that is meant. People see that a call is answered, or on hold, some milliseconds before
// Asterisk's event has reached us. So a refusal waits a moment for what may be on its way, and a choice among several
// calls is made twice: the wrong call would be worse than a slow start.
func (s *Service) resolve(ctx context.Context, q channels.Query) (channels.Resolution, error) {
	grace := time.NewTimer(eventGrace)
	defer grace.Stop()
	for {
		changed := s.index.Changed()
		found, err := s.index.Resolve(q)
		var e *channels.Error
		switch {
		case err == nil && len(found.Candidates) < 2:
			return found, nil
		case err == nil:
			wait(ctx, settleTime)
			return s.index.Resolve(q)
		case !errors.As(err, &e) || e.Reason == channels.NotReady || e.Reason == channels.UnknownNode:
			return found, err
		}
		select {
		case <-changed:
		case <-grace.C:
			return found, err
		case <-ctx.Done():
			return found, err
		}
	}
}

// wait lets d pass, or ctx end.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// resolveError puts the index's answer into the service's vocabulary.
func resolveError(err error) error {
	var e *channels.Error
	if !errors.As(err, &e) {
		return &Error{Code: CodeInternal, Detail: "internal error; the log has the details", Err: err}
	}
	out := &Error{Detail: e.Error()}
	switch e.Reason {
	case channels.NotReady:
		out.Code, out.RetryAfter = CodeAsterisk, retry
	case channels.UnknownNode:
		out.Code = CodeInvalid
	case channels.NotFound:
		out.Code = CodeNoChannel
	case channels.NotAnswered:
		out.Code = CodeNotAnswered
	default:
		out.Code = CodeAmbiguous
		for _, c := range e.Candidates {
			if c.Kept {
				out.Candidates = append(out.Candidates, Candidate{c.Channel.Node, c.Channel.UniqueID})
			}
		}
	}
	return out
}
