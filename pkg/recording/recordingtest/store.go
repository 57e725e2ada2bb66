package recordingtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"ari-recorder/pkg/recording"
)

// Store is a recording.Store in memory that fails on request. It passes the conformance suite of the real ones. It is
// safe for concurrent use.
type Store struct {
	mu     sync.Mutex
	faults faults
	seq    int64
	rows   map[string]*row
	calls  []*recording.Call // in the order of creation
	audit  []recording.AuditEntry
	uses   map[keyName]recording.KeyUse
}

// row is a recording with what belongs to it.
type row struct {
	recording  *recording.Recording
	leaseUntil time.Time
	events     []recording.Event
}

// Lease is how long a row in work belongs to its owner without being renewed.
const Lease = time.Minute

var _ recording.Store = (*Store)(nil)

// NewStore makes an empty store.
func NewStore() *Store {
	return &Store{faults: newFaults(), rows: make(map[string]*row), uses: make(map[keyName]recording.KeyUse)}
}

// Create keeps r as Version 1 with the next Seq.
func (s *Store) Create(ctx context.Context, r *recording.Recording, e recording.Event) error {
	return s.do(ctx, "Create", func() error { return s.create(r, e) }, func() { s.tell(r) })
}

func (s *Store) create(r *recording.Recording, e recording.Event) error {
	if s.rows[r.ID] != nil {
		return fmt.Errorf("there is a recording %s already", r.ID)
	}
	if s.occupied(r) {
		return recording.ErrRunning
	}
	s.seq++
	kept := stored(r)
	kept.Seq, kept.Version = s.seq, 1
	s.rows[r.ID] = &row{recording: kept, leaseUntil: leaseOf(r)}
	s.happened(s.rows[r.ID], e)
	return nil
}

// tell gives r what creation has given its row.
func (s *Store) tell(r *recording.Recording) {
	r.Seq, r.Version = s.rows[r.ID].recording.Seq, 1
}

// Update keeps r and raises its Version.
func (s *Store) Update(ctx context.Context, r *recording.Recording, events ...recording.Event) error {
	return s.do(ctx, "Update", func() error {
		old := s.rows[r.ID]
		if old == nil || old.recording.Version != r.Version {
			return recording.ErrConflict
		}
		if s.occupied(r) {
			return recording.ErrRunning
		}
		kept := stored(r)
		kept.Seq, kept.Version = old.recording.Seq, r.Version+1
		old.recording, old.leaseUntil = kept, leaseOf(r)
		s.happened(old, events...)
		return nil
	}, func() { r.Version++ })
}

// Get returns a copy.
func (s *Store) Get(ctx context.Context, id string) (r *recording.Recording, err error) {
	err = s.do(ctx, "Get", func() error {
		if s.rows[id] == nil {
			return recording.ErrNotFound
		}
		r = s.rows[id].recording.Clone()
		return nil
	}, nil)
	return r, err
}

// States tells the states of those ids that have a row.
func (s *Store) States(ctx context.Context, ids []string) (states map[string]recording.State, err error) {
	states = make(map[string]recording.State)
	err = s.do(ctx, "States", func() error {
		for _, id := range ids {
			if row := s.rows[id]; row != nil {
				states[id] = row.recording.State
			}
		}
		return nil
	}, nil)
	return states, err
}

// Find returns copies, newest first.
func (s *Store) Find(ctx context.Context, f recording.Filter) (found []*recording.Recording, err error) {
	err = s.do(ctx, "Find", func() error {
		for _, r := range s.matching(f) {
			if (f.Before == 0 || r.recording.Seq < f.Before) && (f.Limit == 0 || len(found) < f.Limit) {
				found = append(found, r.recording.Clone())
			}
		}
		return nil
	}, nil)
	return found, err
}

// LiveCalls returns the uniqueids of recordings whose call lives.
func (s *Store) LiveCalls(ctx context.Context, node string) (calls map[string]string, err error) {
	calls = make(map[string]string)
	err = s.do(ctx, "LiveCalls", func() error {
		for _, row := range s.matching(recording.Filter{Node: node, CallLives: true}) {
			calls[row.recording.ID] = row.recording.UniqueID
		}
		return nil
	}, nil)
	return calls, err
}

// Nodes names the nodes of what matches.
func (s *Store) Nodes(ctx context.Context, f recording.Filter) (nodes []string, err error) {
	err = s.do(ctx, "Nodes", func() error {
		for _, row := range s.matching(f) {
			if !slices.Contains(nodes, row.recording.Node) {
				nodes = append(nodes, row.recording.Node)
			}
		}
		slices.Sort(nodes)
		return nil
	}, nil)
	return nodes, err
}

// Count counts what matches.
func (s *Store) Count(ctx context.Context, f recording.Filter) (count int, err error) {
	err = s.do(ctx, "Count", func() error { count = len(s.matching(f)); return nil }, nil)
	return count, err
}

// Claim makes owner the owner of its own, unowned and expired rows; who loses one has an old Version.
func (s *Store) Claim(ctx context.Context, node, owner string) (claimed []*recording.Recording, err error) {
	err = s.do(ctx, "Claim", func() error {
		for _, row := range s.matching(recording.Filter{Node: node}) {
			r := row.recording
			if !r.State.InWork() || r.Owner != owner && row.leaseUntil.After(time.Now()) {
				continue
			}
			if r.Owner != owner {
				r.Owner, r.Version = owner, r.Version+1
			}
			row.leaseUntil = leaseOf(r)
			claimed = append(claimed, r.Clone())
		}
		slices.Reverse(claimed)
		return nil
	}, nil)
	return claimed, err
}

// Renew prolongs the owner's leases.
func (s *Store) Renew(ctx context.Context, owner string) error {
	return s.do(ctx, "Renew", func() error {
		for _, row := range s.rows {
			if row.recording.Owner == owner {
				row.leaseUntil = leaseOf(row.recording)
			}
		}
		return nil
	}, nil)
}

// Release ends the owner's leases.
func (s *Store) Release(ctx context.Context, owner string) error {
	return s.do(ctx, "Release", func() error {
		for _, row := range s.rows {
			if row.recording.Owner == owner {
				row.leaseUntil = time.Time{}
			}
		}
		return nil
	}, nil)
}

// Abandoned names the nodes on which others' leases have run out.
func (s *Store) Abandoned(ctx context.Context, owner string) (nodes []string, err error) {
	err = s.do(ctx, "Abandoned", func() error {
		for _, row := range s.rows {
			r := row.recording
			if r.State.InWork() && r.Owner != owner && !row.leaseUntil.After(time.Now()) && !slices.Contains(nodes, r.Node) {
				nodes = append(nodes, r.Node)
			}
		}
		return nil
	}, nil)
	return nodes, err
}

// Events returns a copy of the timeline.
func (s *Store) Events(ctx context.Context, id string) (events []recording.Event, err error) {
	err = s.do(ctx, "Events", func() error {
		if s.rows[id] != nil {
			events = slices.Clone(s.rows[id].events)
		}
		return nil
	}, nil)
	return events, err
}

// Ping is answered.
func (s *Store) Ping(ctx context.Context) error {
	return s.do(ctx, "Ping", func() error { return nil }, nil)
}
