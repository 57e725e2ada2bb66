package main

import (
	"context"
	"fmt"

	"ari-recorder/deploy/lab"
)

// callers are as many calls as are wanted. Music answers them: each has two voices and one phone.
type callers struct {
	pbx   *lab.Asterisk
	calls []*lab.Call
}

// grow places calls until there are so many.
func (c *callers) grow(ctx context.Context, size int) error {
	for len(c.calls) < size {
		call, err := c.pbx.Call(ctx, lab.CallOptions{From: fmt.Sprint(411 + len(c.calls)%9), To: "600"})
		if err != nil {
			return fmt.Errorf("call %d: %w", len(c.calls)+1, err)
		}
		c.calls = append(c.calls, call)
	}
	return nil
}

func (c *callers) legs() (legs []lab.Leg) {
	for _, call := range c.calls {
		legs = append(legs, call.Caller)
	}
	return legs
}

func (c *callers) hangUp() error {
	for _, call := range c.calls {
		_ = call.Close() // many at once: some phones hear of it late
	}
	return nil
}
