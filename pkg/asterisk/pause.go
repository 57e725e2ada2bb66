package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/CyCoreSystems/ari/v6/client/native"

	"ari-recorder/pkg/recording"
)

// pause lets the live recording leave out what is said. ARI takes it for one that is paused already, too, and sends no
// event.
func (n *node) pause(ctx context.Context, name string) error {
	err := n.call(ctx, opPause, func(c *native.Client) error { return c.LiveRecording().Pause(liveKey(name)) })
	return asPauseError("pause", err)
}

// resume lets a paused recording go on.
func (n *node) resume(ctx context.Context, name string) error {
	err := n.call(ctx, opResume, func(c *native.Client) error { return c.LiveRecording().Resume(liveKey(name)) })
	return asPauseError("resume", err)
}

// asPauseError tells a recording that does not run from an Asterisk that does not answer. 409 is ARI's word for one that
// is over and not yet forgotten.
func asPauseError(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case notFound(err), statusOf(err) == http.StatusConflict:
		return fmt.Errorf("%s: %w: %w", what, recording.ErrNotRecording, err)
	case refused(err):
		return fmt.Errorf("%s: %w: %w", what, recording.ErrRefused, err)
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// liveKey names a live recording for the library.
func liveKey(name string) *ari.Key { return ari.NewKey(ari.LiveRecordingKey, url.PathEscape(name)) }
