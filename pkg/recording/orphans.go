package recording

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// What Asterisk has under our name and no row knows is reported and left alone: it may be somebody's evidence, of a
// database that was restored from an old backup, or of another installation that was given our name. Snoop channels are
// looked at with each reconciliation. The files are listed rarely: there may be very many, and Asterisk lists all or none.
const (
	censusEvery  = time.Hour
	censusAfter  = 5 * time.Second // once a node is ready: first things first
	censusAgain  = time.Minute     // after one that failed
	idsAtOnce    = 500             // how many are looked up in the database at a time
	namedOrphans = 20              // how many are named in the log each time; all are counted
)

// orphanage is what was found, by node.
type orphanage struct {
	mu           sync.Mutex
	live, stored map[string]map[string]bool // names by node
}

func newOrphanage() *orphanage {
	return &orphanage{live: make(map[string]map[string]bool), stored: make(map[string]map[string]bool)}
}

// put replaces what is known of a node, and returns the names that were not known before.
func (o *orphanage) put(all map[string]map[string]bool, node string, names []string) (fresh []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := make(map[string]bool, len(names))
	for _, name := range names {
		now[name] = true
		if !o.live[node][name] && !o.stored[node][name] {
			fresh = append(fresh, name)
		}
	}
	all[node] = now
	return fresh
}

// count is how many there are on each of the nodes.
func (o *orphanage) count(nodes []string) map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	counts := make(map[string]int, len(nodes))
	for _, node := range nodes {
		counts[node] = len(o.stored[node])
		for name := range o.live[node] { // it has a file, too
			if !o.stored[node][name] {
				counts[node]++
			}
		}
	}
	return counts
}

// census counts each node's orphans now and then until ctx ends. A node that hangs holds up no other.
func (s *Service) census(ctx context.Context) {
	var all sync.WaitGroup
	for _, node := range s.index.Nodes() {
		all.Go(func() {
			for s.readyFor(ctx, node, s.CensusAfter) {
				pause := s.CensusEvery
				if err := s.countStored(ctx, node); err != nil && ctx.Err() == nil {
					s.Log.DebugContext(ctx, "Asterisk's stored recordings could not be looked through, it will be tried again", "node", node, "error", err)
					pause = min(pause, censusAgain)
				}
				wait(ctx, pause)
			}
		})
	}
	all.Wait()
}

// readyFor waits until the node is ready, and a while longer; false says that ctx has ended.
func (s *Service) readyFor(ctx context.Context, node string, while time.Duration) bool {
	for {
		changed := s.index.Changed()
		if s.index.Ready(node) {
			wait(ctx, while)
			return ctx.Err() == nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// countStored looks for files under our name whose row is missing. A row is older than its files, and is never removed.
func (s *Service) countStored(ctx context.Context, node string) error {
	var batch, found []string
	look := func() error {
		missing, err := s.withoutRow(ctx, batch)
		found, batch = append(found, missing...), batch[:0]
		return err
	}
	err := s.phones.StoredNames(ctx, node, func(name string) error {
		if _, ours := ParseTrackName(s.Application, name); !ours {
			return nil
		}
		if batch = append(batch, name); len(batch) < idsAtOnce {
			return nil
		}
		return look()
	})
	if err == nil {
		err = look()
	}
	if err == nil {
		s.report(ctx, node, s.orphans.put(s.orphans.stored, node, found))
	}
	return err
}

// withoutRow returns those of our names in Asterisk whose recordings have no row.
func (s *Service) withoutRow(ctx context.Context, names []string) (missing []string, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	ids := make(map[string]bool, len(names))
	for _, name := range names {
		id, _ := ParseTrackName(s.Application, name)
		ids[id] = true
	}
	known, err := s.store.States(ctx, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		id, _ := ParseTrackName(s.Application, name)
		if _, there := known[id]; !there {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// report tells of orphans that were not there before.
func (s *Service) report(ctx context.Context, node string, fresh []string) {
	for _, name := range fresh[:min(len(fresh), namedOrphans)] {
		s.Log.WarnContext(ctx, "Asterisk has a recording under our name that no row knows; it is left alone", "snoop", name, "node", node)
	}
}
