package recording

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// handOverBound is how long the end of the service may be held up by letting go of its rows.
const handOverBound = 2 * time.Second

// renew keeps the leases of this instance's rows, and looks for those that another one has left behind: their nodes are
// reconciled at once, which takes them over. A dead instance's rows have a new owner after the lease and one look.
func (s *Service) renew(ctx context.Context) {
	tick := time.NewTicker(s.RenewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.renewOnce(ctx); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "the leases could not be renewed", "error", err)
			}
		}
	}
}

func (s *Service) renewOnce(ctx context.Context) error {
	if err := s.store.Renew(ctx, s.Instance); err != nil {
		return err
	}
	nodes, err := s.store.Abandoned(ctx, s.Instance)
	for _, node := range nodes {
		if s.index.Ready(node) {
			s.restless.hurry(node)
		}
	}
	return err
}

// handOver lets other instances take over at once what this one leaves running. Its own next process does so in any case.
func (s *Service) handOver() {
	ctx, cancel := context.WithTimeout(context.Background(), handOverBound)
	defer cancel()
	if err := s.store.Release(ctx, s.Instance); err != nil {
		level := slog.LevelWarn
		if errors.Is(err, ErrStoreDown) {
			level = slog.LevelDebug // the leases run out by themselves
		}
		s.Log.Log(ctx, level, "the leases could not be let go of", "error", err)
	}
}
