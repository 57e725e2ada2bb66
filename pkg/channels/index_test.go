package channels_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ari-recorder/pkg/channels"
)

func TestPutKeepsWhatEventsDoNotCarry(t *testing.T) {
	x := index(on410("1", nil), on410("2", nil))
	x.SetBridge("a", "bridge", []string{"1", "2"})
	x.SetHold("a", "1", channels.HoldOn)
	x.SetLinkedID("a", "1", "linked")
	x.Put(on410("1", holdUnknown))
	c, ok := x.Get("a", "1")
	require.True(t, ok)
	require.Equal(t, channels.HoldOn, c.Hold)
	require.Equal(t, "linked", c.LinkedID)
	require.Equal(t, "bridge", c.Bridge)
	require.True(t, c.Bridged)
}

func TestLeavingABridgeLeavesTheOtherAlone(t *testing.T) {
	x := index(on410("1", nil), on410("2", nil))
	x.SetBridge("a", "bridge", []string{"1", "2"})
	x.SetBridge("a", "bridge", []string{"1"})
	one, _ := x.Get("a", "1")
	two, _ := x.Get("a", "2")
	require.Equal(t, "bridge", one.Bridge)
	require.False(t, one.Bridged)
	require.Empty(t, two.Bridge)
}

func TestRemoveTakesAChannelOutOfItsBridge(t *testing.T) {
	x := index(on410("1", nil), on410("2", nil))
	x.SetBridge("a", "bridge", []string{"1", "2"})
	x.Remove("a", "2")
	x.Remove("a", "2")
	one, _ := x.Get("a", "1")
	require.False(t, one.Bridged)
	require.Equal(t, 1, x.Len("a"))
}

func TestAChannelMovesBetweenBridgesInEitherOrderOfEvents(t *testing.T) {
	x := index(on410("1", nil), on410("2", nil), on410("3", nil))
	x.SetBridge("a", "old", []string{"1", "2"})
	x.SetBridge("a", "new", []string{"1", "3"})
	x.SetBridge("a", "old", []string{"2"})
	one, _ := x.Get("a", "1")
	require.Equal(t, "new", one.Bridge)
	require.True(t, one.Bridged)
}

func TestReplaceForgetsTheNodesPastAndNoOther(t *testing.T) {
	elsewhere := on410("9", nil)
	elsewhere.Node = "b"
	x := index(on410("1", held), on410("2", nil), elsewhere)
	x.Replace("a", []channels.Channel{on410("2", nil), on410("3", nil)}, map[string][]string{"bridge": {"2", "3"}})
	_, ok := x.Get("a", "1")
	require.False(t, ok)
	two, _ := x.Get("a", "2")
	require.Equal(t, channels.HoldUnknown, two.Hold, "no listing tells hold")
	require.True(t, two.Bridged)
	_, ok = x.Get("b", "9")
	require.True(t, ok)
}

func TestAListingThatNamesAChannelTwice(t *testing.T) {
	x := index()
	x.Replace("a", []channels.Channel{on410("2", nil), on410("2", nil)}, nil)
	found, err := x.Resolve(channels.Query{Channel: "410"})
	require.NoError(t, err)
	require.Equal(t, "2", found.Channel.UniqueID)
	x.Remove("a", "2")
	require.Empty(t, x.All())
}

// What has no uniqueid is no channel: nothing could ever remove it.
func TestAChannelWithoutAUniqueID(t *testing.T) {
	x := index(on410("", nil))
	x.Replace("a", []channels.Channel{on410("", nil)}, nil)
	x.Put(on410("", nil))
	_, err := x.Resolve(channels.Query{Channel: "410"})
	var none *channels.Error
	require.ErrorAs(t, err, &none)
	require.Equal(t, channels.NotFound, none.Reason)
}

// Many channels share an extension, a trunk's for one: each may leave the chain, from wherever it stands in it.
func TestAChannelLeavesTheOthersOfItsExtension(t *testing.T) {
	for gone := range 3 {
		x := index(on410("0", nil), on410("1", nil), on410("2", nil))
		x.Remove("a", fmt.Sprint(gone))
		x.Put(on410("3", nil))
		_, err := x.Resolve(channels.Query{Channel: "410"})
		var several *channels.Error
		require.ErrorAs(t, err, &several)
		require.Len(t, several.Candidates, 3)
		for left := range 4 {
			x.Remove("a", fmt.Sprint(left))
		}
		_, err = x.Resolve(channels.Query{Channel: "410"})
		require.ErrorAs(t, err, &several)
		require.Equal(t, channels.NotFound, several.Reason)
	}
}

func TestCallGathersLegsByLinkedIDAndBridge(t *testing.T) {
	x := index(on410("1", nil), on410("2", nil), on410("3", nil), on410("4", nil))
	x.SetLinkedID("a", "1", "L")
	x.SetLinkedID("a", "2", "L")
	x.SetBridge("a", "bridge", []string{"1", "3"})
	var ids []string
	for _, c := range x.Call("a", "1") {
		ids = append(ids, c.UniqueID)
	}
	require.Equal(t, []string{"1", "2", "3"}, ids)
	require.Empty(t, x.Call("a", "gone"))
	require.Len(t, x.Call("a", "4"), 1, "channels without a linkedid are not one call")
}

// The index must agree with a plain list, whatever happens in whatever order.
func TestIndexAgreesWithAPlainList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := channels.NewIndex("a")
		x.SetReady("a", true)
		plain := map[string]channels.Channel{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := fmt.Sprint(rapid.IntRange(1, 6).Draw(t, "id"))
			extension := rapid.SampledFrom([]string{"410", "411"}).Draw(t, "extension")
			if rapid.Bool().Draw(t, "put") {
				c := channels.Channel{Node: "a", UniqueID: id, Name: "PJSIP/" + extension + "-1", Extension: extension, LinkedID: id}
				x.Put(c)
				plain[id] = c
			} else {
				x.Remove("a", id)
				delete(plain, id)
			}
		}
		require.Equal(t, len(plain), x.Len("a"))
		for _, extension := range []string{"410", "411"} {
			var want []string
			for id, c := range plain {
				if c.Extension == extension {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			require.Equal(t, want, candidates(x, extension))
		}
	})
}

func candidates(x *channels.Index, extension string) []string {
	_, err := x.Resolve(channels.Query{Channel: extension})
	var ids []string
	var e *channels.Error
	if errors.As(err, &e) {
		for _, c := range e.Candidates {
			ids = append(ids, c.Channel.UniqueID)
		}
	}
	return ids
}

func TestIndexIsSafeForConcurrentUse(t *testing.T) {
	x := index()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 200 {
				id := fmt.Sprintf("%d.%d", worker, i%10)
				x.Put(on410(id, nil))
				x.SetBridge("a", "bridge", []string{id})
				_, _ = x.Resolve(channels.Query{Channel: "410"}) // any answer is right while calls come and go
				x.Remove("a", id)
			}
		})
	}
	all.Wait()
	require.Zero(t, x.Len("a"))
	require.Empty(t, x.All())
}

func BenchmarkResolveAmongTenThousand(b *testing.B) {
	x := index()
	for i := range 10_000 {
		c := on410(fmt.Sprint(i), nil)
		c.Extension = fmt.Sprint(i)
		x.Put(c)
	}
	for b.Loop() {
		if _, err := x.Resolve(channels.Query{Channel: "4711", Node: "a"}); err != nil {
			b.Fatal(err)
		}
	}
}
