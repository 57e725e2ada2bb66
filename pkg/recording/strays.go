package recording

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// strayAge is how long a snoop channel may be without a row before it is taken for nobody's: another instance's start may
// be about to commit it.
const strayAge = 10 * time.Second

// hangUpStrays hangs up snoop channels of ours that no recording needs: a hang-up that Asterisk did not take, or a snoop
// channel that came after its start had been given up. One that records and has no row is reported and left alone.
func (s *Service) hangUpStrays(ctx context.Context, node string) error {
	suspects := s.suspects(node)
	var all error
	var left []string
	for batch := range slices.Chunk(suspects, idsAtOnce) {
		states, err := s.store.States(ctx, idsOf(batch))
		if err != nil {
			return err
		}
		for _, c := range batch {
			state, known := states[c.id]
			if known && state.Running() {
				continue
			}
			alone, err := s.hangUpStray(ctx, node, c, known)
			if err != nil {
				all = errors.Join(all, fmt.Errorf("stray snoop channel %s: %w", c.name, err))
			}
			if alone {
				left = append(left, c.name)
			}
		}
	}
	s.strays.keep(node, suspects)
	s.report(ctx, node, s.orphans.put(s.orphans.live, node, left))
	return all
}

// suspect is a snoop channel of ours that this instance has no use for.
type suspect struct{ name, id string }

func idsOf(list []suspect) (ids []string) {
	for _, c := range list {
		ids = append(ids, c.id)
	}
	return ids
}

func (s *Service) suspects(node string) (list []suspect) {
	for _, c := range s.index.All() {
		id, ours := ParseTrackName(s.Application, c.UniqueID)
		if c.Node == node && ours && !s.running.underWay(id) && !s.running.has(id) {
			list = append(list, suspect{c.UniqueID, id})
		}
	}
	return list
}

// hangUpStray hangs up a snoop channel whose recording has ended, if its row is known, or that was nobody's for long enough;
// alone tells that it records and is left alone.
func (s *Service) hangUpStray(ctx context.Context, node string, c suspect, known bool) (alone bool, err error) {
	if known {
		s.Log.WarnContext(ctx, "hanging up a snoop channel that was left behind", "recording", c.id, "node", node, "snoop", c.name)
		return false, s.phones.End(ctx, node, c.name)
	}
	if s.strays.age(node, c.name) < strayAge {
		s.restless.mark(node)
		return false, nil
	}
	live, err := s.phones.Live(ctx, node, c.name)
	if err != nil || live != LiveGone {
		return err == nil, err
	}
	return false, s.phones.End(ctx, node, c.name)
}
