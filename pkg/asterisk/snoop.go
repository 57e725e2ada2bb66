package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/CyCoreSystems/ari/v6/client/native"

	"ari-recorder/pkg/recording"
)

// channelKey names a channel for the library, which puts the id into the path as it is.
func channelKey(id string) *ari.Key { return ari.NewKey(ari.ChannelKey, url.PathEscape(id)) }

// snoop makes the snoop channel, keeps it out of CDRs and returns when it is in our application: a record that is asked for
// earlier is now and then refused. That the variable can be set tells it, nearly always, before StasisStart does.
func (n *node) snoop(ctx context.Context, t recording.Track, recordingID string) error {
	if !n.health.isConnected() {
		return fmt.Errorf("snoop: %w: the events are not connected, so our application does not exist there", recording.ErrSwitchDown)
	}
	expected := n.waiting.expect(t.Name)
	defer expected.done()
	if err := n.makeSnoop(ctx, t, recordingID); err != nil {
		return fmt.Errorf("snoop: %w", err)
	}
	err := n.disableCDR(ctx, t.Name)
	if err == nil {
		return nil
	}
	if err := n.entered(ctx, expected, t); err != nil {
		return err
	}
	if refused(err) {
		err = n.disableCDR(ctx, t.Name)
	}
	switch {
	case notFound(err):
		return fmt.Errorf("snoop: %w: it ended meanwhile", recording.ErrChannelGone)
	case err != nil: // a row too many in a CDR is no reason not to record
		n.log.WarnContext(ctx, "the snoop channel may leave a row in Asterisk's CDR", "recording", recordingID, "snoop", t.Name, "error", err)
	}
	return nil
}

// entered waits until the snoop channel has entered our application.
func (n *node) entered(ctx context.Context, expected *expectation, t recording.Track) error {
	waiting, cancel := context.WithTimeout(ctx, n.timeouts.StasisStart)
	defer cancel()
	switch expected.first(waiting, entered, gone, cut).news {
	case entered:
		return nil
	case gone:
		return n.whySnoopWent(ctx, t)
	case cut:
		return fmt.Errorf("snoop: %w: the events were cut", recording.ErrSwitchDown)
	default:
		return fmt.Errorf("snoop: %w: %w", recording.ErrNoStasis, waiting.Err())
	}
}

// makeSnoop asks for the snoop channel. Asterisk now and then answers 409 "already exists" or 500 where it has made it,
// or could on a second try: so we look, and ask once more if nothing is there.
func (n *node) makeSnoop(ctx context.Context, t recording.Track, recordingID string) error {
	err := n.postSnoop(ctx, t, recordingID)
	if err == nil || !doubtful(err) {
		return asSnoopError(err)
	}
	n.log.InfoContext(ctx, "looking for the snoop channel after a doubtful answer", "recording", recordingID, "snoop", t.Name, "error", err)
	if exists, err := n.exists(ctx, t.Name); exists || err != nil {
		return err
	}
	return asSnoopError(n.postSnoop(ctx, t, recordingID))
}

func (n *node) postSnoop(ctx context.Context, t recording.Track, recordingID string) error {
	return n.call(ctx, opSnoop, func(c *native.Client) error {
		_, err := c.Channel().Snoop(channelKey(t.UniqueID), url.PathEscape(t.Name), &ari.SnoopOptions{
			App:     n.application,
			AppArgs: recordingID,
			Spy:     ari.Direction(t.Direction),
		})
		return err
	})
}

// doubtful tells whether the snoop channel may be there in spite of the error. A connection that broke after the request
// is one of these; a time limit is not, for there is no time left to look.
func doubtful(err error) bool {
	status := statusOf(err)
	broken := status == 0 && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
	return broken || status == http.StatusConflict || status == http.StatusInternalServerError
}

func asSnoopError(err error) error {
	switch {
	case notFound(err):
		return fmt.Errorf("%w: %w", recording.ErrChannelGone, err)
	case refused(err):
		return fmt.Errorf("%w: %w", recording.ErrRefused, err)
	default:
		return err
	}
}

// whySnoopWent tells a snoop channel that died with its target from one that Asterisk did not let in.
func (n *node) whySnoopWent(ctx context.Context, t recording.Track) error {
	exists, err := n.exists(ctx, t.UniqueID)
	switch {
	case err != nil:
		return fmt.Errorf("snoop: %w", err)
	case !exists:
		return fmt.Errorf("snoop: %w: it ended meanwhile", recording.ErrChannelGone)
	default:
		return fmt.Errorf("snoop: %w: it was hung up at once", recording.ErrNoStasis)
	}
}

// exists asks whether there is a channel with that id.
func (n *node) exists(ctx context.Context, id string) (bool, error) {
	err := n.call(ctx, opChannel, func(c *native.Client) error {
		_, err := c.Channel().Data(channelKey(id))
		return err
	})
	if notFound(err) {
		return false, nil
	}
	return err == nil, err
}

// disableCDR sets the flag that keeps a channel out of CDRs and CELs. It works on channels in our application only, and
// before they record: Asterisk answers a variable set on a channel that records when the recording ends, not earlier.
func (n *node) disableCDR(ctx context.Context, name string) error {
	return n.call(ctx, opSetVariable, func(c *native.Client) error {
		return c.Channel().SetVariable(channelKey(name), "CDR_PROP(disable)", "1")
	})
}

// linkedID reads the variable that all channels of a call share.
func (n *node) linkedID(ctx context.Context, uniqueID string) (string, error) {
	var linkedID string
	err := n.call(ctx, opGetVariable, func(c *native.Client) (err error) {
		linkedID, err = c.Channel().GetVariable(channelKey(uniqueID), url.QueryEscape(linkedIDVariable))
		return err
	})
	if notFound(err) {
		err = fmt.Errorf("%w: %w", recording.ErrChannelGone, err)
	}
	if err != nil {
		return "", fmt.Errorf("linkedid: %w", err)
	}
	return linkedID, nil
}
