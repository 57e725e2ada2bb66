package recording

import "sync"

// What the service remembers between requests. All of it can be lost: reconcile builds it anew from the store.

// runningSet are the recordings that this instance has running, by id and by the running key of their channel.
type runningSet struct {
	mu     sync.Mutex
	keys   map[string]string // by id
	ids    map[string]string // by key
	places int               // reserved for starts that have no row yet
}

func newRunningSet() *runningSet {
	return &runningSet{keys: make(map[string]string), ids: make(map[string]string)}
}

// reserve takes a place for a start unless limit (0: none) is reached; release gives it back.
func (r *runningSet) reserve(limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if limit > 0 && len(r.keys)+r.places >= limit {
		return false
	}
	r.places++
	return true
}

func (r *runningSet) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.places--
}

func (r *runningSet) add(id, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[id], r.ids[key] = key, id
}

func (r *runningSet) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := r.keys[id]
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

// queue holds the ids of finished recordings that wait for the archive, each once.
type queue struct {
	ids     chan string
	mu      sync.Mutex
	pending map[string]bool
}

func newQueue(size int) *queue {
	return &queue{ids: make(chan string, size), pending: make(map[string]bool)}
}

// put returns false if there is no room; the caller must see to it that the row is found again.
func (q *queue) put(id string) bool {
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
