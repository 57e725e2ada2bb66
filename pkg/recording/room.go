package recording

import (
	"fmt"
	"sync"
	"time"
)

// roomBound is how long a start waits to learn how much room there is. A disk that does not answer, such as that of a file
// server that is away, refuses nothing: audio waits in Asterisk until it is back.
const roomBound = 100 * time.Millisecond

// room asks how many bytes are free for a node's audio: once at a time, for who asks may hang with the disk.
type room struct {
	mu    sync.Mutex
	under map[string]chan struct{} // by node: closed when the answer is there
	free  map[string]uint64        // the latest answers
}

// ask returns the free bytes, or the latest answer if none comes in time; known is false without any.
func (m *room) ask(node string, of func(node string) (uint64, error)) (free uint64, known bool) {
	timer := time.NewTimer(roomBound)
	defer timer.Stop()
	select {
	case <-m.begin(node, of):
	case <-timer.C:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	free, known = m.free[node]
	return free, known
}

func (m *room) begin(node string, of func(node string) (uint64, error)) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if done := m.under[node]; done != nil {
		return done
	}
	if m.under == nil {
		m.under, m.free = make(map[string]chan struct{}), make(map[string]uint64)
	}
	done := make(chan struct{})
	m.under[node] = done
	go func() {
		free, err := of(node)
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.under, node)
		if delete(m.free, node); err == nil {
			m.free[node] = free
		}
		close(done)
	}()
	return done
}

// roomy returns a CodeStorageFull if there is too little room for a recording on the node. What runs is not touched: it may
// still find a place.
func (s *Service) roomy(node string) error {
	if s.MinFree == 0 || s.Room == nil {
		return nil
	}
	free, known := s.room.ask(node, s.Room)
	if !known || free >= s.MinFree {
		return nil
	}
	return &Error{Code: CodeStorageFull, RetryAfter: time.Minute,
		Detail: fmt.Sprintf("only %d MiB are free for audio; nothing more is recorded until somebody makes room", free>>20)}
}

// Cramped tells whether there is too little room for a recording on any node, so that every start would be refused.
func (s *Service) Cramped() bool {
	for _, node := range s.index.Nodes() {
		if s.roomy(node) == nil {
			return false
		}
	}
	return true
}
