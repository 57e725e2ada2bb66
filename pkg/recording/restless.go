package recording

import (
	"sync"
	"time"
)

// The pauses between two reconciliations of a node on which something is left to do.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 10 * time.Second
)

// restless are the nodes on which something is left to do. The pause before the next try doubles while it fails.
type restless struct {
	mu    sync.Mutex
	due   map[string]time.Time
	pause map[string]time.Duration
	busy  map[string]bool // being reconciled at this moment
	all   bool
	wake  chan struct{} // capacity 1: a hint that due has changed
}

func newRestless() *restless {
	return &restless{due: make(map[string]time.Time), pause: make(map[string]time.Duration), busy: make(map[string]bool), wake: make(chan struct{}, 1)}
}

// mark asks for a reconciliation after the node's pause; an empty node asks for all.
func (r *restless) mark(node string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if node == "" {
		r.all = true
	} else if _, marked := r.due[node]; !marked {
		r.pause[node] = min(max(2*r.pause[node], firstPause), lastPause)
		r.due[node] = time.Now().Add(r.pause[node])
	}
	r.hint()
}

// markAll asks for a reconciliation of every node.
func (r *restless) markAll() { r.mark("") }

// hurry asks for a reconciliation at once.
func (r *restless) hurry(node string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.due[node] = time.Now()
	r.hint()
}

// calm tells that the node's reconciliation went well.
func (r *restless) calm(node string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pause, node)
}

func (r *restless) hint() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// done tells that the node's reconciliation is over, however it went.
func (r *restless) done(node string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, node)
	r.hint()
}

// take returns the nodes that are due, no longer marked but busy until done, and how long until the next is; nodes are all
// there are.
func (r *restless) take(nodes []string) (due []string, next time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.all {
		r.all = false
		for _, node := range nodes {
			if _, marked := r.due[node]; !marked {
				r.due[node] = now.Add(firstPause)
			}
		}
	}
	next = reconcileTick
	for node, at := range r.due {
		if r.busy[node] {
			continue // done will ask again
		}
		if wait := at.Sub(now); wait > 0 {
			next = min(next, wait)
			continue
		}
		due = append(due, node)
		delete(r.due, node)
		r.busy[node] = true
	}
	return due, next
}
