package recording

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// strayAge is how long a snoop channel may be without a row before it is taken for nobody's: another instance's start may
// be about to commit it.
const strayAge = 10 * time.Second

// hangUpStrays hangs up snoop channels of ours that no recording needs: a hang-up that Asterisk did not take, or a snoop
// channel that came after its start had been given up. One that records and has no row is reported and left alone: it may
// be somebody's evidence.
func (s *Service) hangUpStrays(ctx context.Context, node string) error {
	var all error
	present := make(map[string]bool)
	for _, c := range s.index.All() {
		id, ours := ParseTrackName(s.Application, c.UniqueID)
		if c.Node != node || !ours || s.running.underWay(id) || s.running.has(id) {
			continue
		}
		present[c.UniqueID] = true
		if err := s.hangUpStray(ctx, node, c.UniqueID, id); err != nil {
			all = errors.Join(all, fmt.Errorf("stray snoop channel %s: %w", c.UniqueID, err))
		}
	}
	s.strays.keep(node, present)
	return all
}

func (s *Service) hangUpStray(ctx context.Context, node, name, id string) error {
	r, err := s.store.Get(ctx, id)
	switch {
	case err == nil && r.State.Running():
		return nil
	case err == nil:
		s.Log.WarnContext(ctx, "hanging up a snoop channel that was left behind", "recording", id, "node", node, "snoop", name)
		return s.phones.End(ctx, node, name)
	case !errors.Is(err, ErrNotFound):
		return err
	case s.strays.age(node, name) < strayAge:
		s.restless.mark(node)
		return nil
	}
	live, err := s.phones.Live(ctx, node, name)
	if err != nil || live != LiveGone {
		s.Log.WarnContext(ctx, "Asterisk records under our name what no row knows; it is left alone", "snoop", name, "node", node, "error", err)
		return err
	}
	return s.phones.End(ctx, node, name)
}
