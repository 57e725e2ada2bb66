package channels_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
)

// hundredThousand is an index of 50,000 calls of two, with texts of their own as events bring them.
func hundredThousand() *channels.Index {
	x := index()
	for i := range 100_000 {
		id, name := fmt.Sprintf("1795418221.%d", i), fmt.Sprintf("PJSIP/%d-%08x", 1000+i%9000, i)
		x.Put(channels.Channel{
			Node: "a", UniqueID: id, LinkedID: fmt.Sprintf("1795418221.%d", i&^1), Name: name, Extension: channels.ExtensionOf(name, nil),
			State: channels.StateUp, Caller: channels.Party{Number: fmt.Sprintf("030%07d", i)}, Connected: channels.Party{Name: fmt.Sprint("Ann ", i), Number: fmt.Sprint(1000 + i%9000)},
		})
		if i%2 == 1 {
			x.SetBridge("a", fmt.Sprintf("5b0e9cf2-0d3c-4a52-9d0c-%012d", i), []string{fmt.Sprintf("1795418221.%d", i-1), fmt.Sprintf("1795418221.%d", i)})
		}
	}
	return x
}

// What the issue of speed allows: 60 MiB for 100,000 channels, and nothing for a lookup.
func TestABusySiteFitsIntoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := hundredThousand()
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	t.Logf("100,000 channels hold %.1f MiB", held)
	require.Less(t, held, 60.0)
	for name, lookup := range map[string]func() bool{
		"uniqueid on a node": func() bool { _, found := x.Get("a", "1795418221.4711"); return found },
		"uniqueid": func() bool {
			_, err := x.Resolve(channels.Query{Channel: "1795418221.4711"})
			return err == nil
		},
	} {
		require.True(t, lookup(), name)
		require.Zero(t, testing.AllocsPerRun(100, func() { lookup() }), name)
	}
	x.Put(channels.Channel{Node: "a", UniqueID: "1.1", Name: "PJSIP/410-1", Extension: "410", State: channels.StateUp})
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = x.Resolve(channels.Query{Channel: "410"}) }), "an extension on which there is one call")
}

func BenchmarkIndex(b *testing.B) {
	x := hundredThousand()
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Get("a", "1795418221.4711")
		}
	})
	b.Run("resolve", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = x.Resolve(channels.Query{Channel: "1795418221.4711"})
		}
	})
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		c, _ := x.Get("a", "1795418221.4711")
		for b.Loop() {
			x.Put(c)
		}
	})
}
