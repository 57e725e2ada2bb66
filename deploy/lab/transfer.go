package lab

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// Third is a phone that comes into a call which was placed without it: by a transfer, a queue, a command.
type Third struct {
	Leg
	Number   string // that reaches it from everywhere in the dialplan
	asterisk *Asterisk
	phone    *phone
}

// Third lets a phone wait to be called at its Number.
func (a *Asterisk) Third(ctx context.Context, extension string) (*Third, error) {
	t := &Third{Leg: leg(extension, 0), asterisk: a}
	var err error
	if t.phone, err = a.startPhone(ctx, "callee", calleeScenario(extension), t.Tone); err != nil {
		return nil, err
	}
	t.Number = fmt.Sprintf("*%s*%d", extension, t.phone.port)
	return t, nil
}

// Rings returns when the phone does.
func (t *Third) Rings(ctx context.Context) error { return t.phone.wait(ctx, eventRinging, nil) }

// Ended returns when the phone's call is over, or somebody else has picked it up.
func (t *Third) Ended(ctx context.Context) error { return t.phone.wait(ctx, eventEnded, nil) }

// Refer lets a phone of the call transfer the other to a third phone without asking that; it returns when that rings.
func (c *Call) Refer(ctx context.Context, who Side, extension string) (_ *Third, err error) {
	third, err := c.asterisk.Third(ctx, extension)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("transfer to %s: %w", extension, err), third.Close())
		}
	}()
	if err := c.Transfer(ctx, who, third.Number); err != nil {
		return nil, err
	}
	return third, third.Rings(ctx)
}

// Transfer lets a phone of the call send the other to a number, whatever answers there.
func (c *Call) Transfer(ctx context.Context, who Side, number string) error {
	return c.refer(ctx, who, fmt.Sprintf("sip:%s@%s", number, c.asterisk.line.there))
}

// Complete lets a phone of the call transfer the other to whom it has called meanwhile: its second call becomes theirs.
func (c *Call) Complete(ctx context.Context, who Side, second *Call) error {
	var tags dialog
	select {
	case tags = <-second.caller.tags:
	case <-ctx.Done():
		return fmt.Errorf("the second call is not up: %w", ctx.Err())
	}
	replaces := url.QueryEscape(second.caller.callID + ";to-tag=" + tags.peer + ";from-tag=" + tags.own)
	return c.refer(ctx, who, fmt.Sprintf("sip:%s@%s?Replaces=%s", second.Callee.Extension, c.asterisk.line.there, replaces))
}

func (c *Call) refer(ctx context.Context, who Side, target string) error {
	p, err := c.phone(who)
	if err != nil {
		return err
	}
	return p.orderAt(ctx, orderRefer, target, eventReferred)
}

// Answer lets the third phone pick up, and returns when it talks with whom was transferred.
func (t *Third) Answer(ctx context.Context) error {
	if err := t.phone.order(ctx, orderAnswer, eventUp); err != nil {
		return err
	}
	if err := t.phone.pace(calm); err != nil {
		return err
	}
	channels, err := t.asterisk.Channels(ctx)
	if err != nil {
		return err
	}
	return t.find(channels, t.phone)
}

// HangUp lets the third phone end its part.
func (t *Third) HangUp(ctx context.Context) error { return t.phone.order(ctx, orderBye, eventEnded) }

// Close ends the phone and what it has left in Asterisk.
func (t *Third) Close() error {
	if t.phone == nil {
		return nil
	}
	if t.asterisk.server.running() {
		t.phone.leave()
	}
	return t.phone.close()
}
