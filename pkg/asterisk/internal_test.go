package asterisk

import (
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A flood during the listing ends the session instead of filling the memory.
func TestFlood(t *testing.T) {
	s := &session{feed: feed{syncing: true, held: make([]happening, maxHeld-1)}}
	require.NoError(t, s.take(happening{}))
	require.ErrorIs(t, s.take(happening{}), errFlood)
}

func TestRetriesGrowAndHaveAnEnd(t *testing.T) {
	n := &node{timeouts: Timeouts{}.withDefaults()}
	for failures, longest := range map[int]time.Duration{
		0: 100 * time.Millisecond, 1: 200 * time.Millisecond, 3: 800 * time.Millisecond, 10: 5 * time.Second, 1000: 5 * time.Second,
	} {
		var most time.Duration
		for range 500 {
			wait := n.retryAfter(failures)
			require.Positive(t, wait)
			require.LessOrEqual(t, wait, longest)
			most = max(most, wait)
		}
		require.Greater(t, most, longest*8/10, "the whole range is used")
	}
}

func TestDeadPeerIsNoticedWithinTenSeconds(t *testing.T) {
	defaults := Timeouts{}.withDefaults()
	require.Less(t, defaults.PingInterval+defaults.PingTimeout, 10*time.Second)
}

// Whoever stops expecting leaves nothing behind, and news of a name reach everyone who expects it.
func TestWaiters(t *testing.T) {
	var w waiters
	early := w.expect("a")
	require.Equal(t, cut, early.seen().news, "there are no events yet")
	w.connect()
	first, second, other := w.expect("a"), w.expect("a"), w.expect("b")
	w.tell("a", report{news: started})
	require.Equal(t, started, first.seen().news)
	w.tell("a", report{news: finished})
	require.Equal(t, finished, second.first(t.Context(), finished).news)
	require.Equal(t, nothing, other.seen().news)
	for range 100 { // a full box blocks nobody
		w.tell("a", report{news: gone})
	}
	w.cut(time.Now())
	require.Equal(t, cut, other.first(t.Context(), cut).news)
	for _, e := range []*expectation{early, first, second, other} {
		e.done()
	}
	require.Empty(t, w.byName)
}

// A certificate's own faults are not cured by trusting somebody.
func TestFaultsOfACertificate(t *testing.T) {
	for want, reason := range map[string]x509.InvalidReason{"has expired, or is not valid yet": x509.Expired, "is not fit for a server": x509.IncompatibleUsage} {
		err := &Error{Err: fmt.Errorf("dial: %w", x509.CertificateInvalidError{Reason: reason, Cert: &x509.Certificate{}})}
		require.Contains(t, (&node{}).fault(err), want)
	}
}
