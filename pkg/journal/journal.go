// Package journal is what the whole service's log has in common: the names of its attributes, and what a request carries
// in its context, so that every line which it causes bears its id.
package journal

import (
	"context"
	"log/slog"
)

// Name is an attribute of the log.
type Name struct {
	Name string
	Doc  string // what its value is
}

// Names are all attributes that lines of the log may bear beside time, level and msg; what is called otherwise would be
// missed by whoever searches for it. deploy/guides/logs.md shows the same table.
var Names = []Name{
	{"request", "id of the request that has caused the line; the client's `X-Request-Id`, or ours"},
	{"key", "name of the key that the request has shown; never the key"},
	{"client", "address that asks, after trusted proxies"},
	{"username", "who wants to hear a recording, as the client says"},
	{"recording", "id of the recording"},
	{"uniqueid", "of the recorded channel"},
	{"linkedid", "of its call, where it is known"},
	{"node", "Asterisk by its name in the configuration"},
	{"from", "state of the recording before"},
	{"state", "state of the recording now"},
	{"event", "what has happened to the recording, in the words of its timeline"},
	{"code", "stable word for what went wrong, as in answers and in `failure`"},
	{"error", "what went wrong, in words"},
	{"method", "of the request"},
	{"path", "of the request, with its query; keys are taken out"},
	{"status", "of the answer"},
	{"bytes", "of the answer's body"},
	{"took", "time it took, in nanoseconds in JSON"},
	{"snoop", "name of a snoop channel or live recording in Asterisk"},
	{"party", "uniqueid of the channel of one who takes part in a recorded call"},
	{"direction", "`in`: what that channel says; `out`: what it hears"},
	{"channels", "number of live channels"},
	{"open", "number of recordings in work"},
	{"unsettled", "how many of them there was something to do about"},
	{"asterisk", "version of Asterisk"},
	{"type", "type of an event of Asterisk"},
	{"cause", "why a connection ended"},
	{"stack", "where the program was"},
	{"action", "what was asked for, in the words of the audit trail"},
	{"subject", "what it was asked of"},
	{"outcome", "what came of it"},
	{"version", "of the service"},
	{"instance", "name of this process, among those on one database"},
	{"config", "the configuration, without secrets"},
	{"address", "that the service listens on"},
	{"keys", "names of the keys that are known"},
	{"without_key", "who needs no key"},
	{"legacy_networks", "who needs no key at the legacy address"},
	{"tls", "whether the service speaks TLS"},
	{"until", "when the certificate runs out"},
	{"check", "part of `/health` that has changed"},
	{"component", "node or other part that it is about"},
	{"health", "`pass`, `warn` or `fail`"},
	{"output", "what it says to people"},
}

// Handler adds to every line the request in whose context it was written. A line that names a request itself keeps that.
type Handler struct{ slog.Handler }

// Handle writes the line.
func (h Handler) Handle(ctx context.Context, line slog.Record) error {
	if r := Of(ctx); r != nil && !names(line, "request") {
		line = line.Clone()
		line.AddAttrs(slog.String("request", r.ID))
		if key := r.Key(); key != "" && !names(line, "key") {
			line.AddAttrs(slog.String("key", key))
		}
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs returns a handler whose lines have these, too.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns a handler whose lines have their attributes in a group.
func (h Handler) WithGroup(name string) slog.Handler { return Handler{h.Handler.WithGroup(name)} }

func names(line slog.Record, name string) (found bool) {
	line.Attrs(func(a slog.Attr) bool {
		found = a.Key == name
		return !found
	})
	return found
}
