package recording

import (
	"context"
	"log/slog"
	"time"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/journal"
)

// told says in the log what a committed change has made of a recording: one line for a new state, else one for each event.
func (s *Service) told(ctx context.Context, r *Recording, from State, events []Event) {
	if from != r.State {
		line := append(attributes(r), slog.String("from", string(from)), slog.String("state", string(r.State)))
		if len(events) > 0 {
			line = append(line, slog.String("event", string(events[0].Kind)))
		}
		if r.State == Failed {
			line = append(line, slog.String("code", string(r.Failure.Code)), slog.String("error", r.Failure.Detail))
		}
		s.Log.LogAttrs(ctx, weight(r), "the recording's state has changed", line...)
		return
	}
	for _, e := range events {
		level := slog.LevelInfo
		if routine[e.Kind] {
			level = slog.LevelDebug
		}
		s.Log.LogAttrs(ctx, level, "the recording has changed", append(attributes(r), slog.String("event", string(e.Kind)))...)
	}
}

// routine are events that nobody has asked for, and that follow every recording.
var routine = map[EventKind]bool{EventCallEnded: true, EventLinked: true, EventSwept: true}

// weight is how much a new state is to the operator. A call that ended before its recording began is everyday life; what was
// or may have been answered as recorded, and has no audio, is lost, unless it ended as it began.
func weight(r *Recording) slog.Level {
	refused := r.StartedAt.IsZero()
	switch {
	case r.State != Failed || r.Failure.Code == FailChannelGone && refused:
		return slog.LevelInfo
	case refused && r.Failure.Code != FailInterrupt:
		return slog.LevelWarn
	case r.Failure.Code == FailNoAudio && !refused && r.EndedAt.Sub(r.StartedAt) < time.Second:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// warn is about what goes wrong with a recording and will be tried again.
func (s *Service) warn(ctx context.Context, r *Recording, what string, err error) {
	//nolint:sloglint // whoever calls it gives a literal
	s.Log.LogAttrs(ctx, slog.LevelWarn, what, append(attributes(r), slog.Any("error", err))...)
}

// attributes say which recording it is.
func attributes(r *Recording) []slog.Attr { return subject(r).Attrs() }

func subject(r *Recording) journal.Subject {
	return journal.Subject{Recording: r.ID, UniqueID: r.UniqueID, LinkedID: r.LinkedID, Node: r.Node}
}

// about has the request's line in the log name the recording.
func about(ctx context.Context, r *Recording) { journal.Of(ctx).About(subject(r)) }

// aboutChannel has it name the channel, where no recording is made of it.
func aboutChannel(ctx context.Context, c channels.Channel) {
	journal.Of(ctx).About(journal.Subject{UniqueID: c.UniqueID, LinkedID: c.LinkedID, Node: c.Node})
}
