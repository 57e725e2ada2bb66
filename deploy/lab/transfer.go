package lab

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// Third is a phone to which a call was transferred.
type Third struct {
	Leg
	asterisk *Asterisk
	phone    *phone
}

// Refer lets a phone of the call transfer the other to a third phone without asking that; it returns when that rings.
func (c *Call) Refer(ctx context.Context, who Side, extension string) (_ *Third, err error) {
	third := &Third{Leg: leg(extension, 0), asterisk: c.asterisk}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("transfer to %s: %w", extension, err), third.Close())
		}
	}()
	if third.phone, err = c.asterisk.startPhone(ctx, "callee", calleeScenario(extension), third.Tone); err != nil {
		return nil, err
	}
	if err := c.refer(ctx, who, fmt.Sprintf("sip:*%s*%d@127.0.0.1:%d", extension, third.phone.port, c.asterisk.ports.base+sipOffset)); err != nil {
		return nil, err
	}
	return third, third.phone.wait(ctx, eventRinging, nil)
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
	return c.refer(ctx, who, fmt.Sprintf("sip:%s@127.0.0.1:%d?Replaces=%s", second.Callee.Extension, c.asterisk.ports.base+sipOffset, replaces))
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
