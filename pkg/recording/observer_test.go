package recording_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// watcher counts what it is told.
type watcher struct {
	mu     sync.Mutex
	counts map[string]int
}

func (w *watcher) count(format string, a ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.counts == nil {
		w.counts = map[string]int{}
	}
	w.counts[fmt.Sprintf(format, a...)]++
}

func (w *watcher) all() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.counts)
}

func (w *watcher) Started(code recording.Code, _ time.Duration) { w.count("started %s", code) }
func (w *watcher) Moved(from, to recording.State)               { w.count("%s to %s", from, to) }
func (w *watcher) Failed(cause recording.FailureCode)           { w.count("failed %s", cause) }
func (w *watcher) Archived(recording.Audio, time.Duration)      { w.count("archived") }
func (w *watcher) NotArchived()                                 { w.count("not archived") }
func (w *watcher) NotAudited(action recording.Action)           { w.count("not audited %s", action) }

func watched(w *watcher) func(*recording.Options) {
	return func(o *recording.Options) { o.Observer = w }
}

// becomes waits until it was told a thing so often: what follows an answer goes on in other goroutines.
func (w *watcher) becomes(t *testing.T, word string, count int) {
	t.Helper()
	require.Eventually(t, func() bool { return w.all()[word] == count }, eventually, tick, word)
}

func TestTheObserverIsToldOfFailures(t *testing.T) {
	w := &watcher{}
	r := assemble(t, watched(w))
	r.call("1.1", "410")
	r.phones.SetReadOnly(true)
	_, _, err := r.start("410", "22")
	fails(t, err, recording.CodeAsterisk)
	r.phones.SetReadOnly(false)
	w.becomes(t, "failed no_file", 1)
	require.Equal(t, 1, w.all()["starting to failed"])
	require.Equal(t, 1, w.all()["started asterisk_unavailable"])
}

func TestTheObserverIsToldWhatWaitsForTheArchive(t *testing.T) {
	w := &watcher{}
	r := assemble(t, watched(w))
	r.call("1.1", "410")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodFetch, Err: recording.ErrSwitchDown, Times: 2})
	r.started("410", "22")
	r.hangUp("1.1")
	w.becomes(t, "archived", 1)
	require.Equal(t, 2, w.all()["not archived"])
}

func TestTheObserverIsToldWhatTheAuditTrailLacks(t *testing.T) {
	w := &watcher{}
	r := assemble(t, watched(w))
	r.store.FailNext("Audit", recording.ErrStoreDown)
	_, err := r.retrieve("22")
	fails(t, err, recording.CodeDatabase)
	w.becomes(t, "not audited retrieve", 1)
	r.store.FailNext("Audit", recording.ErrStoreDown)
	r.Denied(t.Context(), recording.AuditEntry{Outcome: "forbidden"})
	w.becomes(t, "not audited denied", 1)
}
