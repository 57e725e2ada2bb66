package recording

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// lifecycleActor is who erases what nobody has asked for by name.
const lifecycleActor = "lifecycle"

// doomPage is how many recordings the lifecycle job reads at once.
const doomPage = 100

// doomed is a reason for erasing recordings: which to look at, and whether one is really due.
type doomed struct {
	Doom
	why string // in the timeline and the audit trail
	due func(*Recording) bool
}

// dooms are the site's rules at this moment. Retention erases at once, whatever the undelete window: it is the longest
// that anything is kept.
func (s *Service) dooms(now time.Time) []doomed {
	list := []doomed{
		{Doom{Cause: DoomAsked}, "asked for", func(r *Recording) bool { return !r.EraseAskedAt.IsZero() }},
		{Doom{DoomDeleted, now.Add(-s.UndeleteWindow)}, "undelete window " + days(s.UndeleteWindow), func(r *Recording) bool {
			return r.Deleted() && !r.DeletedAt.Add(s.UndeleteWindow).After(now)
		}},
	}
	if s.Retention <= 0 {
		return list
	}
	why, due := "retention "+days(s.Retention), s.aged(now)
	return append(list,
		doomed{Doom{DoomDeleted, now}, why, due}, // what was deleted lately may have been recorded long ago
		doomed{Doom{DoomAged, now.Add(-s.Retention)}, why, due})
}

// aged tells whether the time for which a recording is kept has passed since its end.
func (s *Service) aged(now time.Time) func(*Recording) bool {
	return func(r *Recording) bool {
		from := r.EndedAt
		if from.IsZero() {
			from = r.CreatedAt
		}
		return !from.Add(s.Retention).After(now)
	}
}

// lifecycle erases what is to go, at once and then every hour, until ctx ends; erasures that failed are tried again after the
// next reconciliation that went well. Several instances may do it at the same time: each step is a compare-and-set or may be done twice.
func (s *Service) lifecycle(ctx context.Context) {
	tick := time.NewTicker(s.LifecycleEvery)
	defer tick.Stop()
	for {
		if err := s.erasures(ctx); err != nil && ctx.Err() == nil {
			level := slog.LevelWarn
			if errors.Is(err, ErrStoreDown) {
				level = slog.LevelInfo // the store says it itself, once
			}
			s.Log.Log(ctx, level, "not everything that is to be erased could be, it will be tried again", "error", err)
			s.doom.owe()
		}
		select {
		case <-tick.C:
		case <-s.doom.due:
		case <-ctx.Done():
			return
		}
	}
}

// erasures applies every rule once.
func (s *Service) erasures(ctx context.Context) error {
	s.doom.owed.Store(false)
	now := s.now()
	silent := make(map[string]bool)
	var all error
	for _, d := range s.dooms(now) {
		if err := s.eraseAll(ctx, d, silent); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", d.why, err))
		}
		if errors.Is(all, ErrStoreDown) || ctx.Err() != nil {
			return all
		}
	}
	if err := s.store.ForgetKeyUses(ctx, now.Add(-KeyLife)); err != nil {
		all = errors.Join(all, fmt.Errorf("forget old idempotency keys: %w", err))
	}
	return all
}

// eraseAll goes through all recordings of a rule, page by page. One that cannot be erased does not hold up the others; the
// first such error, and how many there were, are returned. Nodes that let one wait in vain are added to silent.
func (s *Service) eraseAll(ctx context.Context, d doomed, silent map[string]bool) error {
	var first error
	failures := 0
	var after Position
	for {
		rows, err := s.store.Doomed(ctx, d.Doom, after, doomPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = Position{At: d.at(r), Seq: r.Seq}
			if err := s.eraseDue(ctx, r, d, silent); err != nil {
				silent[r.Node] = silent[r.Node] || timedOut(err)
				failures++
				first = cmp.Or(first, fmt.Errorf("recording %s: %w", r.ID, err))
			}
			if errors.Is(first, ErrStoreDown) || ctx.Err() != nil {
				return first
			}
		}
		if len(rows) < doomPage {
			break
		}
	}
	if failures > 1 {
		return fmt.Errorf("%w (and %d more)", first, failures-1)
	}
	return first
}

// at is the time that dooms the recording, by which they are listed.
func (d Doom) at(r *Recording) time.Time {
	switch d.Cause {
	case DoomAsked:
		return r.EraseAskedAt
	case DoomDeleted:
		return r.DeletedAt
	default:
		return r.CreatedAt
	}
}

// errNotDue says that a recording is no more what the list has shown: restored, under a legal hold, in work.
var errNotDue = errors.New("not due")

// eraseDue erases one recording if it is still due.
func (s *Service) eraseDue(ctx context.Context, r *Recording, d doomed, silent map[string]bool) error {
	if !d.due(r) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, eraseBound)
	defer cancel()
	c := Control{ID: r.ID, By: Actor{Name: lifecycleActor}}
	entry := newDeed(ActionErase, c.By, "id="+r.ID+" rule="+d.why)
	err := s.erase(ctx, erasure{c, entry, EventErased, d.why, func(r *Recording) error {
		if removable(r) != nil || !d.due(r) {
			return errNotDue
		}
		return nil
	}, silent})
	if errors.Is(err, errNotDue) {
		return nil
	}
	return err
}

// doom wakes the lifecycle job.
type doom struct {
	due  chan struct{} // capacity 1
	owed atomic.Bool   // an erasure has failed since the job ran last
}

func newDoom() *doom { return &doom{due: make(chan struct{}, 1)} }

// wake lets the job run now.
func (d *doom) wake() {
	select {
	case d.due <- struct{}{}:
	default:
	}
}

// owe notes that something could not be erased.
func (d *doom) owe() { d.owed.Store(true) }

// back tells that database and node can be reached: if something is owed, that may have been the reason.
func (d *doom) back() {
	if d.owed.Load() {
		d.wake()
	}
}
