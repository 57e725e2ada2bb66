package recording

import (
	"strings"
	"sync"
	"time"
)

// What the service remembers between requests. All of it can be lost: reconcile builds it anew from the store.

// runningSet are the recordings that this instance has running, by id and by the running key of their channel.
type runningSet struct {
	mu     sync.Mutex
	keys   map[string]string // by id
	ids    map[string]string // by key
	places map[string]bool   // ids of starts that have no row yet
}

func newRunningSet() *runningSet {
	return &runningSet{keys: make(map[string]string), ids: make(map[string]string), places: make(map[string]bool)}
}

// reserve takes a place for a start unless limit (0: none) is reached. It becomes a recording's by add; remove gives it
// back in either case.
func (r *runningSet) reserve(id string, limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if limit > 0 && len(r.keys)+len(r.places) >= limit {
		return false
	}
	r.places[id] = true
	return true
}

func (r *runningSet) add(id, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.places, id)
	r.keys[id], r.ids[key] = key, id
}

func (r *runningSet) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := r.keys[id]
	delete(r.places, id)
	delete(r.keys, id)
	if r.ids[key] == id {
		delete(r.ids, key)
	}
}

// on tells whether a recording of this instance runs on the channel, and which.
func (r *runningSet) on(key string) (id string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok = r.ids[key]
	return id, ok
}

func (r *runningSet) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.keys[id]
	return ok
}

// underWay tells whether a start of this instance is at work on the id.
func (r *runningSet) underWay(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.places[id]
}

// onNode lists the recordings that run on channels of the node, as far as this instance knows.
func (r *runningSet) onNode(node string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, key := range r.keys {
		if strings.HasPrefix(key, node+"/") {
			ids = append(ids, id)
		}
	}
	return ids
}

func (r *runningSet) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.keys)
}

// watchedCalls are the recordings whose channel still lives, by node and uniqueid: its end is to be written down.
type watchedCalls struct {
	mu  sync.Mutex
	ids map[string]map[string]bool
}

func newWatchedCalls() *watchedCalls { return &watchedCalls{ids: make(map[string]map[string]bool)} }

func (w *watchedCalls) add(node, uniqueID, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := node + "/" + uniqueID
	if w.ids[key] == nil {
		w.ids[key] = make(map[string]bool)
	}
	w.ids[key][id] = true
}

// take returns the recordings of a channel that has ended and forgets them.
func (w *watchedCalls) take(node, uniqueID string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := node + "/" + uniqueID
	var ids []string
	for id := range w.ids[key] {
		ids = append(ids, id)
	}
	delete(w.ids, key)
	return ids
}

// broadcast wakes everybody who waits for any recording to change.
type broadcast struct {
	mu   sync.Mutex
	next chan struct{}
}

// wait returns a channel that is closed at the next change.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// idSet is a set of recordings that may be shared.
type idSet struct {
	mu  sync.Mutex
	ids map[string]string // node by id
}

func (s *idSet) add(id, node string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids = make(map[string]string)
	}
	s.ids[id] = node
}

func (s *idSet) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.ids[id]
	return ok
}

// take returns the node's recordings and forgets them.
func (s *idSet) take(node string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken []string
	for id, at := range s.ids {
		if at == node {
			taken = append(taken, id)
			delete(s.ids, id)
		}
	}
	return taken
}

// strays remembers since when snoop channels without a row have been seen.
type strays struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// age is how long ago the snoop channel was seen first.
func (s *strays) age(node, name string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since == nil {
		s.since = make(map[string]time.Time)
	}
	key := node + "/" + name
	if _, seen := s.since[key]; !seen {
		s.since[key] = time.Now()
	}
	return time.Since(s.since[key])
}

// keep forgets the node's snoop channels that are gone.
func (s *strays) keep(node string, here []suspect) {
	present := make(map[string]bool, len(here))
	for _, c := range here {
		present[c.name] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.since {
		if name, ofNode := strings.CutPrefix(key, node+"/"); ofNode && !present[name] {
			delete(s.since, key)
		}
	}
}

// queue holds the ids of finished recordings that wait for the archive, each once.
type queue struct {
	ids     chan string
	mu      sync.Mutex
	pending map[string]bool
}

func newQueue(size int) *queue {
	return &queue{ids: make(chan string, size), pending: make(map[string]bool)}
}

// put returns false if there is no room, or no queue; the caller must see to it that the row is found again.
func (q *queue) put(id string) bool {
	if q == nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending[id] {
		return true
	}
	select {
	case q.ids <- id:
		q.pending[id] = true
		return true
	default:
		return false
	}
}

// done forgets an id that was worked on, so that it may be put again.
func (q *queue) done(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.pending, id)
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pending)
}
