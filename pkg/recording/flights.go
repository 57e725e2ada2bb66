package recording

import (
	"context"
	"sync"
)

// flight is one start, stop or end under way on one channel. A start leaves its outcome for those who wait.
type flight struct {
	tag  string // of a start; empty for a stop or an end
	done chan struct{}
	rec  *Recording
	err  error
}

// flights lets one thing at a time happen to a channel's recording within this instance, so that twenty starts make one
// recording and an end that overtakes its start waits for it. Between instances the database's versions decide.
type flights struct {
	mu sync.Mutex
	on map[string]*flight // by running key
}

// enter returns the caller's own new flight, or the one that is under way already.
func (f *flights) enter(key, tag string) (fl *flight, own bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl, ok := f.on[key]; ok {
		return fl, false
	}
	if f.on == nil {
		f.on = make(map[string]*flight)
	}
	fl = &flight{tag: tag, done: make(chan struct{})}
	f.on[key] = fl
	return fl, true
}

// leave ends the caller's own flight with its outcome.
func (f *flights) leave(key string, fl *flight, rec *Recording, err error) {
	f.mu.Lock()
	delete(f.on, key)
	f.mu.Unlock()
	fl.rec, fl.err = rec, err
	close(fl.done)
}

// alone waits until nothing is under way on the channel and keeps it so until release is called.
func (f *flights) alone(ctx context.Context, key string) (release func(), err error) {
	for {
		fl, own := f.enter(key, "")
		if own {
			return func() { f.leave(key, fl, nil, nil) }, nil
		}
		select {
		case <-fl.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// settled waits for what is under way on the channel; false says that nothing was, or that ctx has ended.
func (f *flights) settled(ctx context.Context, key string) bool {
	f.mu.Lock()
	fl, ok := f.on[key]
	f.mu.Unlock()
	if !ok {
		return false
	}
	select {
	case <-fl.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// outcome waits for a start with the same tag; same is false if the flight was something else.
func (fl *flight) outcome(ctx context.Context, tag string) (rec *Recording, err error, same bool) {
	select {
	case <-fl.done:
	case <-ctx.Done():
		return nil, asteriskDown("an earlier request on this call is still under way; try again shortly", ctx.Err()), true
	}
	if fl.tag != tag || fl.rec == nil && fl.err == nil {
		return nil, nil, false
	}
	if fl.rec != nil {
		return fl.rec.Clone(), fl.err, true
	}
	return nil, fl.err, true
}
