package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CallOptions say who calls whom.
type CallOptions struct {
	From                   string  // extension of the phone that calls; "" is 411
	To                     string  // extension of the phone that is called, or an application: 600 music, 601 echo, 602 silence; "" is 410
	CallerTone, CalleeTone float64 // hertz; 0 is the extension's own
	RingOnly               bool    // the called phone rings until Answer
	Via                    string  // ViaLocal or ViaLastingLocal: there are Local channels between the phones
}

// The values of CallOptions.Via.
const (
	ViaLocal        = "*8" // the Local channels optimise themselves away
	ViaLastingLocal = "*9" // they stay
)

// Leg is one phone's channel.
type Leg struct {
	ID        string // uniqueid
	Name      string // PJSIP/410-00000001
	Extension string
	Tone      float64 // hertz
}

// Call is a call between two phones, or of one phone with an application.
type Call struct {
	Caller, Callee Leg // Callee is empty if an application answered

	asterisk       *Asterisk
	via            string
	caller, callee *phone // callee is nil if an application answered
}

// Side says which phone of a call is meant.
type Side int

// The sides of a call.
const (
	Caller Side = iota
	Callee
)

var errNoSuchPhone = errors.New("the call has no such phone")

// Call places a call and returns when it is up and its channels are in a bridge (an application has none), or when it rings.
func (a *Asterisk) Call(ctx context.Context, options CallOptions) (_ *Call, err error) {
	c := &Call{asterisk: a, via: options.Via}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("call %s from %s: %w", options.To, options.From, err), c.Close())
		}
	}()
	select {
	case a.dialling <- struct{}{}:
		defer func() { <-a.dialling }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if options.From == "" {
		options.From = "411"
	}
	if options.To == "" {
		options.To = "410"
	}
	if err := c.pickUp(ctx, options); err != nil {
		return nil, err
	}
	if c.callee != nil {
		if err := c.callee.wait(ctx, eventRinging, c.caller); err != nil {
			return nil, err
		}
	}
	if options.RingOnly {
		return c, c.identify(ctx)
	}
	return c, c.Answer(ctx)
}

// pickUp starts the phones: the called one first, as the calling one dials at once.
func (c *Call) pickUp(ctx context.Context, options CallOptions) (err error) {
	c.Caller = leg(options.From, options.CallerTone)
	calleePort, dial := 0, options.To
	if phoneFor(options.To) != nil {
		c.Callee = leg(options.To, options.CalleeTone)
		if c.callee, err = c.asterisk.startPhone(ctx, "callee", calleeScenario(options.To), c.Callee.Tone); err != nil {
			return err
		}
		calleePort = c.callee.port
		if options.Via != "" {
			dial = fmt.Sprintf("%s*%s*%d", options.Via, options.To, calleePort)
		}
	}
	if c.caller, err = c.asterisk.startPhone(ctx, "caller", callerScenario(options.From, dial, calleePort), c.Caller.Tone); err != nil {
		return err
	}
	return c.caller.wait(ctx, eventCalling, nil)
}

func leg(extension string, hz float64) Leg {
	if phone := phoneFor(extension); hz == 0 && phone != nil {
		hz = phone.Tone
	}
	return Leg{Extension: extension, Tone: hz}
}

// Answer lets the called phone pick up, and returns when the call is up.
func (c *Call) Answer(ctx context.Context) error {
	if c.callee != nil {
		if err := c.callee.order(ctx, orderAnswer, eventUp); err != nil {
			return err
		}
	}
	if err := c.caller.wait(ctx, eventUp, c.callee); err != nil {
		return err
	}
	for _, p := range c.phones() {
		if err := p.pace(calm); err != nil {
			return err
		}
	}
	if err := c.identify(ctx); err != nil || c.callee == nil {
		return err
	}
	// Asterisk puts the channels into their bridge after it has answered the phones. Only ARI events tell when, and an ARI application of
	// the lab's own would be seen by those under test, and cost.
	return until(ctx, 5*time.Millisecond, func() (bool, error) {
		if c.via != "" {
			return c.asterisk.bridged(ctx, c.Callee.ID)
		}
		return c.asterisk.bridged(ctx, c.Caller.ID, c.Callee.ID)
	})
}

// identify finds the phones' channels by their SIP Call-IDs.
func (c *Call) identify(ctx context.Context) error {
	channels, err := c.asterisk.Channels(ctx)
	if err != nil {
		return err
	}
	if err := c.Caller.find(channels, c.caller); err != nil || c.callee == nil {
		return err
	}
	return c.Callee.find(channels, c.callee)
}

func (l *Leg) find(channels []Channel, p *phone) error {
	i := slices.IndexFunc(channels, func(channel Channel) bool { return channel.ProtocolID == p.callID })
	if i < 0 {
		return fmt.Errorf("no channel of SIP call %s: %w", p.callID, errNotFound)
	}
	l.ID, l.Name = channels[i].ID, channels[i].Name
	return nil
}

func (c *Call) phone(side Side) (*phone, error) {
	if side == Caller {
		return c.caller, nil
	}
	if c.callee == nil {
		return nil, errNoSuchPhone
	}
	return c.callee, nil
}

// Hold lets a phone put the other on hold, by a re-INVITE; it returns when Asterisk has agreed. The phone goes on speaking.
func (c *Call) Hold(ctx context.Context, who Side) error {
	return c.order(ctx, who, orderHold, eventHeld)
}

// Unhold takes the other phone back.
func (c *Call) Unhold(ctx context.Context, who Side) error {
	return c.order(ctx, who, orderUnhold, eventUnheld)
}

// HangUp lets the calling phone end the call, or give up if it still rings; it returns when both phones have ended.
func (c *Call) HangUp(ctx context.Context) error {
	if err := c.caller.order(ctx, orderBye, eventEnded); err != nil || c.callee == nil {
		return err
	}
	return c.callee.wait(ctx, eventEnded, nil)
}

// order is for a phone that goes on with its call.
func (c *Call) order(ctx context.Context, who Side, what, done string) error {
	p, err := c.phone(who)
	if err != nil {
		return err
	}
	if err := p.order(ctx, what, done); err != nil {
		return err
	}
	return p.pace(calm)
}

// Ended waits until both phones' part of the call has ended, whoever ended it.
func (c *Call) Ended(ctx context.Context) error {
	for _, p := range c.phones() {
		select {
		case <-p.ended:
		case <-ctx.Done():
			return fmt.Errorf("wait for the end of the call: %w", ctx.Err())
		}
	}
	return nil
}

// phones are those that have been started.
func (c *Call) phones() []*phone {
	return slices.DeleteFunc([]*phone{c.callee, c.caller}, func(p *phone) bool { return p == nil })
}

// Close ends the phones and what they have left in Asterisk; a call that has ended needs it too.
func (c *Call) Close() error {
	var errs []error
	for _, p := range []*phone{c.caller, c.callee} {
		if p == nil {
			continue
		}
		if c.asterisk.server == nil || c.asterisk.server.running() {
			p.leave()
		}
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}
