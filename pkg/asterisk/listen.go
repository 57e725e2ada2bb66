package asterisk

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/CyCoreSystems/ari/v6/client/native"
)

// listen keeps the node's events connected until ctx ends. Failed attempts are spaced with full jitter, so that several
// instances do not come back in step.
func (n *node) listen(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; failures++ {
		s := &session{node: n, feed: feed{syncing: true}, missed: make(chan struct{}, 1)}
		err := s.run(ctx)
		if ctx.Err() != nil {
			return
		}
		if s.synced() {
			failures = 0
		}
		n.lost(err)
		if errors.Is(err, errReplaced) {
			n.yield(ctx)
			continue
		}
		pause(ctx, n.retryAfter(failures))
	}
}

// retryAfter returns how long to wait after the given number of failures in a row.
func (n *node) retryAfter(failures int) time.Duration {
	longest := n.timeouts.RetryMax
	if failures < 16 { // more would overflow
		longest = min(longest, n.timeouts.RetryMin<<failures)
	}
	return rand.N(longest) + 1
}

// yield waits until nobody uses our application any more: two clients of one name that both come back would throw each
// other out for ever. The operator, who sees the fault, ends one of them. (An Asterisk before 20.14 and 22.4 remembers
// the application when its client has gone: there the one that is left has to be started again.)
func (n *node) yield(ctx context.Context) {
	for pause(ctx, n.timeouts.Replaced) {
		err := n.call(ctx, opApplication, func(c *native.Client) error {
			_, err := c.Application().Data(n.applicationKey())
			return err
		})
		if notFound(err) {
			return
		}
	}
}

// lost notes a failed or ended connection, and logs it unless the one before failed in the same way.
func (n *node) lost(err error) {
	fault, before := n.fault(err), ""
	n.health.update(func(s *NodeStatus) {
		before = s.Fault
		s.Fault = fault
	})
	if fault != before {
		n.log.Warn("events are not connected", "cause", fault, "error", err)
	}
}

// pause waits for d; it returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
