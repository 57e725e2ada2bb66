package journal

import (
	"context"
	"log/slog"
	"sync"
)

// Request gathers what its one line in the log says. Its methods are safe for concurrent use, for what a request has begun
// may outlive it; those of a nil Request do nothing: not all that happens has been asked for.
type Request struct {
	ID string

	mu       sync.Mutex
	key      string
	username string
	subject  Subject
	fault    Fault
}

// Subject is the recording or channel that a request was about; what is not known is empty.
type Subject struct {
	Recording, UniqueID, LinkedID, Node string
}

// Fault is why a request was not carried out.
type Fault struct {
	Level slog.Level // how much it is to the operator
	Code  string
	Err   error // nil: it was
}

type place struct{}

// With puts a request into the context of all that it causes.
func With(ctx context.Context, r *Request) context.Context { return context.WithValue(ctx, place{}, r) }

// Of is the request in the context, nil if there is none.
func Of(ctx context.Context) *Request {
	r, _ := ctx.Value(place{}).(*Request)
	return r
}

// By notes the name of the key that was shown.
func (r *Request) By(key string) {
	r.set(func() { r.key = key })
}

// For notes who wants to hear something, as the client says.
func (r *Request) For(username string) {
	r.set(func() { r.username = username })
}

// About notes what the request turned out to mean; the latest counts.
func (r *Request) About(what Subject) {
	r.set(func() { r.subject = what })
}

// Failed notes why it was not carried out.
func (r *Request) Failed(f Fault) {
	r.set(func() { r.fault = f })
}

func (r *Request) set(note func()) {
	if r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		note()
	}
}

// Key is the name of the key that was shown; empty if there was none.
func (r *Request) Key() string {
	if r == nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.key
}

// Attrs are all that was noted, but for the level. Texts of clients go through clean.
func (r *Request) Attrs(clean func(string) string) []slog.Attr {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []slog.Attr{slog.String("request", r.ID)}
	add := func(name, value string) {
		if value != "" {
			all = append(all, slog.String(name, value))
		}
	}
	add("key", r.key)
	add("username", clean(r.username))
	all = append(all, r.subject.Attrs()...)
	add("code", r.fault.Code)
	if r.fault.Err != nil {
		add("error", clean(r.fault.Err.Error()))
	}
	return all
}

// Level is that of the request's line: at least usual.
func (r *Request) Level(usual slog.Level) slog.Level {
	if r == nil {
		return usual
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault.Err == nil {
		return usual
	}
	return max(usual, r.fault.Level)
}

// Attrs are those of the subject that are known.
func (s Subject) Attrs() (all []slog.Attr) {
	for _, a := range []slog.Attr{
		slog.String("recording", s.Recording), slog.String("node", s.Node),
		slog.String("uniqueid", s.UniqueID), slog.String("linkedid", s.LinkedID),
	} {
		if a.Value.String() != "" {
			all = append(all, a)
		}
	}
	return all
}
