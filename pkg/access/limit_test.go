package access_test

import (
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ari-recorder/pkg/access"
)

// pass lets the bubble's clock run.
func pass(d time.Duration) { <-time.After(d) }

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := access.NewLimiter(access.Rate{PerSecond: 2, Burst: 3})
		for range 3 {
			wait, ok := limiter.Allow("crm")
			require.True(t, ok)
			require.Zero(t, wait)
		}
		wait, ok := limiter.Allow("crm")
		require.False(t, ok)
		require.Equal(t, 500*time.Millisecond, wait)
		_, ok = limiter.Allow("other")
		require.True(t, ok, "each has their own")

		pass(wait - time.Millisecond)
		_, ok = limiter.Allow("crm")
		require.False(t, ok)
		pass(time.Millisecond)
		_, ok = limiter.Allow("crm")
		require.True(t, ok, "after the wait that was told")
		_, ok = limiter.Allow("crm")
		require.False(t, ok)

		pass(time.Hour)
		for range 3 {
			_, ok = limiter.Allow("crm")
			require.True(t, ok)
		}
		_, ok = limiter.Allow("crm")
		require.False(t, ok, "an hour saves up no more than the burst")
	})
}

func TestNoLimit(t *testing.T) {
	limiter := access.NewLimiter(access.Rate{})
	for range 10_000 {
		_, ok := limiter.Allow("crm")
		require.True(t, ok)
	}
	require.Zero(t, access.Names(limiter))
}

func TestABurstOfNoneIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := access.NewLimiter(access.Rate{PerSecond: 0.001})
		_, ok := limiter.Allow("crm")
		require.True(t, ok)
		wait, ok := limiter.Allow("crm")
		require.False(t, ok)
		require.Equal(t, 1000*time.Second, wait)
	})
}

// After the wait that it told, a limiter allows, and never before: whatever the rate.
func TestTheWaitIsRight(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rate := access.Rate{
			PerSecond: rapid.Float64Range(0.001, 1_000_000).Draw(r, "rate"),
			Burst:     rapid.IntRange(1, 5).Draw(r, "burst"),
		}
		pauses := rapid.SliceOfN(rapid.Float64Range(0, 2), 1, 20).Draw(r, "pauses, in tokens")
		synctest.Test(t, func(t *testing.T) {
			limiter := access.NewLimiter(rate)
			for _, pause := range pauses {
				if wait, ok := limiter.Allow("crm"); !ok {
					pass(wait)
					_, ok = limiter.Allow("crm")
					require.True(t, ok)
				}
				pass(time.Duration(pause / rate.PerSecond * float64(time.Second)))
			}
		})
	})
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := access.NewLimiter(access.Rate{PerSecond: 1, Burst: 10})
		for i := range 30_000 {
			_, ok := limiter.Allow(strconv.Itoa(i))
			require.True(t, ok)
		}
		require.Equal(t, 10_000, access.Names(limiter))
		pass(time.Second)
		_, ok := limiter.Allow("one more")
		require.True(t, ok)
		require.Equal(t, 1, access.Names(limiter), "full buckets are dropped without being asked for")
	})
}

// Who has used up a bucket cannot get a new one by asking under many other names.
func TestFloodingDoesNotResetABucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := access.NewLimiter(access.Rate{PerSecond: 0.001, Burst: 3})
		for range 3 {
			_, ok := limiter.Allow("attacker")
			require.True(t, ok)
		}
		for i := range 50_000 {
			_, ok := limiter.Allow(strconv.Itoa(i % 25_000))
			require.True(t, ok, "a newcomer is let in all the same")
			if i%1000 == 0 {
				_, ok = limiter.Allow("attacker")
				require.False(t, ok)
			}
		}
		_, ok := limiter.Allow("attacker")
		require.False(t, ok)
	})
}

func TestLimiterIsSafeForConcurrentUse(t *testing.T) {
	limiter := access.NewLimiter(access.Rate{PerSecond: 0.001, Burst: 100})
	var allowed atomic.Int64
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				limiter.Allow(strconv.Itoa(i*1000 + j))
				if _, ok := limiter.Allow("crm"); ok {
					allowed.Add(1)
				}
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 100, allowed.Load())
}

func TestAddressName(t *testing.T) {
	for address, want := range map[string]string{
		"10.1.2.3":             "10.1.2.3",
		"::ffff:10.1.2.3":      "10.1.2.3",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::9":      "2001:db8:1:2::/64",
		"fe80::1%eth0":         "fe80::/64",
		"::1":                  "::/64",
	} {
		require.Equal(t, want, access.AddressName(netip.MustParseAddr(address)))
	}
	require.NotPanics(t, func() { access.AddressName(netip.Addr{}) })
}

func BenchmarkAllow(b *testing.B) {
	limiter := access.NewLimiter(access.Rate{PerSecond: 0.001, Burst: 1})
	names := make([]string, 20_000)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	for i := 0; b.Loop(); i++ {
		limiter.Allow(names[i%len(names)])
	}
}
