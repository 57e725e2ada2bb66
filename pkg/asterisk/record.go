package asterisk

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/CyCoreSystems/ari/v6/client/native"

	"ari-recorder/pkg/recording"
)

// record starts the live recording and waits for Asterisk's word that it records. Where no event tells since when, and asking
// finds that it does, it has since the request was answered or, if it did not yet when it was asked for, since then.
func (n *node) record(ctx context.Context, name string, f recording.Format, limit time.Duration) (time.Time, error) {
	expected := n.waiting.expect(name)
	defer expected.done()
	if err := n.postRecord(ctx, name, f, limit); err != nil {
		return time.Time{}, fmt.Errorf("record: %w", err)
	}
	since := time.Now()
	waiting, cancel := context.WithTimeout(ctx, n.timeouts.Started)
	defer cancel()
	switch r := expected.first(waiting, started, finished, gone, cut); {
	case r.news == finished, r.news == started && expected.seen().news == finished:
		return time.Time{}, fmt.Errorf("record: %w", recording.ErrEndedAtOnce)
	case r.news == started:
		return r.at, nil
	case r.news == gone:
		return time.Time{}, fmt.Errorf("record: %w: its channel was hung up", recording.ErrNotStarted)
	}
	state, err := n.poll(ctx, waiting, name, func(state string) bool {
		if !recorded(state) {
			since = time.Now()
		}
		return recorded(state)
	})
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("record: no event, and then %w", err)
	case !recorded(state):
		return time.Time{}, fmt.Errorf("record: %w within %s: its state is %q", recording.ErrNotStarted, n.timeouts.Started, state)
	}
	return since, nil
}

func (n *node) postRecord(ctx context.Context, name string, f recording.Format, limit time.Duration) error {
	err := n.call(ctx, opRecord, func(c *native.Client) error {
		_, err := c.Channel().Record(channelKey(name), name, &ari.RecordingOptions{
			Format:      string(f),
			MaxDuration: (limit + time.Second - 1).Truncate(time.Second),
			Exists:      "fail",
			Terminate:   "none",
		})
		return err
	})
	if refused(err) {
		return fmt.Errorf("%w: %w", recording.ErrRefused, err)
	}
	return err
}

// end hangs up the snoop channel, which ends its recording with a right header and leaves nothing behind; ARI's stop
// would leave the snoop, and is lost on a recording that is still queued.
func (n *node) end(ctx context.Context, name string) error {
	expected := n.waiting.expect(name)
	defer expected.done()
	err := n.call(ctx, opHangUp, func(c *native.Client) error {
		return c.Channel().Hangup(channelKey(name), "")
	})
	if err != nil && !notFound(err) {
		return fmt.Errorf("end: %w", err)
	}
	waiting, cancel := context.WithTimeout(ctx, n.timeouts.Finished)
	defer cancel()
	if err == nil && expected.first(waiting, finished, gone, cut).news == finished {
		return nil
	}
	state, err := n.poll(ctx, waiting, name, closed)
	switch {
	case err != nil:
		return fmt.Errorf("end: %w", err)
	case !closed(state):
		return fmt.Errorf("end: %w: the recording is still %s after %s", recording.ErrSwitchDown, state, n.timeouts.Finished)
	}
	return nil
}

// The states of a live recording: queued, recording and paused are open, done, failed and canceled are not, and once it
// is closed Asterisk knows it no more.
func recorded(state string) bool { return state == "recording" || state == "paused" }
func closed(state string) bool   { return state != "queued" && !recorded(state) }

// poll asks for the state of a live recording until it is as wanted or waiting ends, at least once, and returns the last
// one. It is for the times when no event can be expected to tell.
func (n *node) poll(ctx, waiting context.Context, name string, wanted func(state string) bool) (string, error) {
	ticker := time.NewTicker(n.timeouts.Poll)
	defer ticker.Stop()
	for {
		state, err := n.liveState(ctx, name)
		if err != nil || wanted(state) {
			return state, err
		}
		select {
		case <-ticker.C:
		case <-waiting.Done():
			return state, ctx.Err()
		}
	}
}

// live tells what the recording does.
func (n *node) live(ctx context.Context, name string) (recording.LiveState, error) {
	state, err := n.liveState(ctx, name)
	switch {
	case err != nil:
		return recording.LiveGone, fmt.Errorf("live recording: %w", err)
	case closed(state):
		return recording.LiveGone, nil
	case state == "paused":
		return recording.LivePaused, nil
	default:
		return recording.LiveRecording, nil
	}
}

// liveState returns ARI's word for the state of a live recording, empty if it knows none of that name. It is asked of ten
// thousand in a row after a reconnect, so it goes without a client of the library's for each.
func (n *node) liveState(ctx context.Context, name string) (string, error) {
	var live struct{ State string }
	err := n.get(ctx, opLive, n.timeouts.Call, "/recordings/live/"+url.PathEscape(name), &live)
	if notFound(err) {
		return "", nil
	}
	return live.State, err
}
