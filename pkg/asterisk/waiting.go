package asterisk

import (
	"context"
	"slices"
	"sync"
	"time"
)

// news is what can happen to a snoop channel and to the live recording of the same name.
type news int

const (
	nothing  news = iota // in time
	entered              // StasisStart
	started              // RecordingStarted
	finished             // RecordingFinished or RecordingFailed
	gone                 // ChannelDestroyed
	cut                  // the events are disconnected: whatever happens now will not be heard
)

// report is a piece of news and when it was read, on our clock.
type report struct {
	news news
	at   time.Time
}

// waiters hands the news of a name to those who expect it. Its zero value is ready.
type waiters struct {
	mu        sync.Mutex
	connected bool // whether there are events
	byName    map[string]map[*expectation]struct{}
}

// expectation collects the news of one name from the moment it is made: made before the request that causes them, it
// cannot miss any.
type expectation struct {
	of   *waiters
	name string
	news chan report
}

// expect begins to collect; the caller calls done. While the events are disconnected the first piece of news is that.
func (w *waiters) expect(name string) *expectation {
	e := &expectation{of: w, name: name, news: make(chan report, 16)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byName == nil {
		w.byName = make(map[string]map[*expectation]struct{})
	}
	if w.byName[name] == nil {
		w.byName[name] = make(map[*expectation]struct{})
	}
	w.byName[name][e] = struct{}{}
	if !w.connected {
		e.put(report{cut, time.Now()})
	}
	return e
}

// done ends the collecting.
func (e *expectation) done() {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	delete(e.of.byName[e.name], e)
	if len(e.of.byName[e.name]) == 0 {
		delete(e.of.byName, e.name)
	}
}

// first waits for the first piece of news that is among the wanted, until ctx ends; then it is nothing.
func (e *expectation) first(ctx context.Context, wanted ...news) report {
	for {
		r := e.seen() // what is there counts, even if ctx has ended as well
		if r.news == nothing {
			select {
			case r = <-e.news:
			case <-ctx.Done():
				return report{}
			}
		}
		if slices.Contains(wanted, r.news) {
			return r
		}
	}
}

// seen returns news that is there already, or nothing.
func (e *expectation) seen() report {
	select {
	case r := <-e.news:
		return r
	default:
		return report{}
	}
}

// tell hands news to everyone who expects the name. It never blocks: a name has five pieces of news, a box room for more.
func (w *waiters) tell(name string, r report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for e := range w.byName[name] {
		e.put(r)
	}
}

// connect tells that there are events from now on.
func (w *waiters) connect() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected = true
}

// cut tells everyone that the events are disconnected, so that nobody waits in vain.
func (w *waiters) cut(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected = false
	for _, expectations := range w.byName {
		for e := range expectations {
			e.put(report{cut, at})
		}
	}
}

func (e *expectation) put(r report) {
	select {
	case e.news <- r:
	default:
	}
}
