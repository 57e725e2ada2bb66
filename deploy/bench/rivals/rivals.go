// Package rivals are other ways of having Asterisk record a call, which the service is measured beside: each does no more
// than it must.
package rivals

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Rival records live channels. Its methods may be called at the same time for different channels.
type Rival interface {
	// Start returns when Asterisk has said that it records the channel with this uniqueid or, for AMI, of this name, and
	// how to end that.
	Start(ctx context.Context, channel string) (end func(context.Context) error, err error)
	Close() error
}

// names counts recordings, each of which needs a name of its own.
type names struct {
	prefix string // the name of its application, too
	last   atomic.Int64
}

// opened is how many rivals there have been. Each has its own application: one that is closed and opened again at once may lose its events with the
// connection that is on its way out.
var opened atomic.Int64

func prefix(name string) string { return fmt.Sprintf("%s-bench-%d", name, opened.Add(1)) }

// next returns names of one length: Asterisk 22 takes no channel whose id begins that of another.
func (n *names) next() string { return fmt.Sprintf("%s-%08d", n.prefix, n.last.Add(1)) }
