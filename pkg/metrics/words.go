package metrics

import "sync"

// other stands for every word that has no series of its own.
const other = "other"

// words keeps a label from growing without bound: the first so many different values are kept, which are all that the
// program's own constants and configuration can make; what comes after them is other.
type words struct {
	most int

	mu   sync.RWMutex
	seen map[string]bool
}

func upTo(most int) *words { return &words{most: most, seen: make(map[string]bool, most)} }

// known returns the word, or other if there are too many.
func (w *words) known(word string) string {
	w.mu.RLock()
	seen := w.seen[word]
	w.mu.RUnlock()
	if seen {
		return word
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.seen[word] && len(w.seen) >= w.most {
		return other
	}
	w.seen[word] = true
	return word
}
