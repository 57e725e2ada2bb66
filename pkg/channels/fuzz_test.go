package channels_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
)

// FuzzExtensionOf gives whatever names and patterns: the extension is a part of the name, and what stands between a
// technology and Asterisk's suffix is found whole.
func FuzzExtensionOf(f *testing.F) {
	for _, seed := range [][2]string{
		{"SIP/410-12FA7B", ""}, {"PJSIP/north-office-00000003", ""}, {"IAX2/410-7", `^(\d+)`}, {"DAHDI/i1/5550100-2", ""},
		{"PJSIP/99410-00000001", `^99(\d+)$`}, {"Local/410@default-00000001;1", ""}, {"", "("}, {"/", ""}, {"SIP/-", "()"}, {"a/b/c-\xff", `(.)(.)`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, pattern string) {
		if len(pattern) > 64 || len(name) > 1024 { // the pattern is the operator's, who may make it as slow as he likes
			return
		}
		var compiled *regexp.Regexp
		if pattern != "" {
			var err error
			if compiled, err = regexp.Compile(pattern); err != nil {
				return
			}
		}
		got := channels.ExtensionOf(name, compiled)
		_, endpoint, found := strings.Cut(name, "/")
		require.Contains(t, endpoint, got)
		require.False(t, !found && got != "", "without a technology it is no channel's name")
		if name != "" {
			require.Equal(t, name, channels.ExtensionOf("PJSIP/"+name+"-0000000a", nil))
		}
	})
}

// FuzzResolve lets whatever happen to a few channels and then asks for each of them. An answer is a live, answered
// channel that alone was kept; a refusal says why in one line; and both are the same each time.
func FuzzResolve(f *testing.F) {
	f.Add([]byte{0, 0, 0}, "410")
	f.Add([]byte{0x13, 0x53, 0x02, 0x91, 0x44, 0xff, 0x20}, "1.0")
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 0x81, 0x82, 0xC1, 0xC5, 0xA3}, "411\n")
	f.Fuzz(func(t *testing.T, happens []byte, asked string) {
		x, twin := index(), index()
		for _, h := range happens {
			happen(x, h)
			happen(twin, h)
		}
		for _, channel := range []string{asked, "410", "411", "1.0", "1.1"} {
			for _, node := range []string{"", "a", "b", "c"} {
				q := channels.Query{Channel: channel, Node: node}
				found, err := x.Resolve(q)
				checkResolution(t, x, q, found, err)
				again, againErr := twin.Resolve(q)
				require.Equal(t, err, againErr)
				require.Equal(t, found, again)
			}
		}
	})
}

// happen does to the index what a byte says: which of eight channels, and what becomes of it.
func happen(x *channels.Index, h byte) {
	node, id := []string{"a", "b"}[h&1], []string{"1.0", "1.1", "1.2", "410"}[h>>1&3]
	switch h >> 3 & 7 {
	case 0, 1:
		x.Put(channels.Channel{
			Node: node, UniqueID: id, Name: "PJSIP/410-" + id, Extension: []string{"410", "411"}[h>>6&1],
			State: []channels.State{channels.StateUp, "Ringing"}[h>>7], LinkedID: "1.0",
		})
	case 2:
		x.Put(channels.Channel{Node: node, UniqueID: id, Name: "Snoop/410-" + id, Extension: "410", State: channels.StateUp})
	case 3:
		x.SetHold(node, id, channels.Hold(h>>6))
	case 4:
		x.SetBridge(node, "bridge", []string{id, "1.0"}[:1+h>>7])
	case 5:
		x.Remove(node, id)
	case 6:
		x.SetReady(node, h>>6 != 0)
	default:
		x.SetBridge(node, "bridge", nil)
	}
}

func checkResolution(t *testing.T, x *channels.Index, q channels.Query, found channels.Resolution, err error) {
	var refusal *channels.Error
	if errors.As(err, &refusal) {
		require.NotEmpty(t, refusal.Error())
		require.NotContains(t, refusal.Error(), "\n")
		found.Candidates = refusal.Candidates
	} else {
		require.NoError(t, err)
		live, ok := x.Get(found.Channel.Node, found.Channel.UniqueID)
		require.True(t, ok && live.Recordable() && live.State.Answered() && x.Ready(live.Node))
		require.True(t, q.Node == "" || q.Node == live.Node)
		require.True(t, q.Channel == live.UniqueID || q.Channel == live.Extension)
	}
	kept := 0
	for _, c := range found.Considered() {
		require.NotEmpty(t, c.Why)
		if c.Kept {
			kept++
		}
	}
	require.True(t, err != nil || kept == 1, "the wrong call would be worse than none")
}
