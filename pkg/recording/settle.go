package recording

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// settlers is how many rows of a node are settled at once: enough that ten thousand are settled in seconds, few enough to
// leave connections to Asterisk and to the database for starts.
const settlers = 8

// toldErrors is how many of the errors of many rows are told.
const toldErrors = 5

// each works on all of the list, several at a time, until ctx ends or going on is in vain. One fault does not hold up the
// others.
func each[T any](ctx context.Context, list []T, work func(context.Context, T) error) error {
	var (
		all    []error
		mu     sync.Mutex
		vain   atomic.Bool
		next   atomic.Int64
		worker sync.WaitGroup
	)
	for range min(settlers, len(list)) {
		worker.Go(func() {
			for !vain.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if err := work(ctx, list[i]); err != nil {
					vain.CompareAndSwap(false, isDown(err))
					mu.Lock()
					if all = append(all, err); len(all) > toldErrors && !isDown(err) {
						all = all[:toldErrors]
					}
					mu.Unlock()
				}
			}
		})
	}
	worker.Wait()
	if ctx.Err() != nil {
		all = append(all, ctx.Err())
	}
	return errors.Join(all...)
}

// settleAll decides on open rows and returns about how many of them there was something to do.
func (s *Service) settleAll(ctx context.Context, rows []*Recording) (unsettled int64, err error) {
	var count atomic.Int64
	err = each(ctx, rows, func(ctx context.Context, r *Recording) error {
		fine, err := s.inOrder(ctx, r)
		if err == nil && !fine {
			count.Add(1)
			err = s.settleAlone(ctx, r)
		}
		if err != nil {
			return fmt.Errorf("recording %s: %w", r.ID, err)
		}
		return nil
	})
	return count.Load(), err
}

// inOrder tells whether the row, as it was read a moment ago, says what Asterisk and this instance know: nothing is done
// then, so nobody need be kept off its channel, and the row not be read again.
func (s *Service) inOrder(ctx context.Context, r *Recording) (bool, error) {
	if r.State != Active && r.State != Paused || !s.running.has(r.ID) || r.byParty() && !s.parties.follows(r.ID) {
		return false, nil
	}
	live, err := s.phones.Live(ctx, r.Node, r.Tracks[0].Name)
	return err == nil && live != LiveGone && live.state() == r.State, err
}
