package channels_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
)

// named makes an index of channels that are called as their names say; the name is the uniqueid too.
func named(names ...string) *channels.Index {
	x := channels.NewIndex("pbx")
	for _, name := range names {
		x.Put(channels.Channel{Node: "pbx", UniqueID: name, Name: name, LinkedID: "call"})
	}
	return x
}

func peers(x *channels.Index, of string) (ids, links []string) {
	list, links := x.Peers("pbx", of)
	for _, c := range list {
		ids = append(ids, c.UniqueID)
	}
	return ids, links
}

func TestPeers(t *testing.T) {
	x := named("PJSIP/410-1", "PJSIP/411-2", "PJSIP/412-3", "Snoop/PJSIP-4", "Local/a@b-5;1", "Local/a@b-5;2", "Local/c@d-6;1", "Local/c@d-6;2", "UnicastRTP/x-7")
	ids, links := peers(x, "PJSIP/410-1")
	require.Empty(t, ids, "in no bridge")
	require.Empty(t, links)
	ids, _ = peers(x, "unknown")
	require.Empty(t, ids)

	x.SetBridge("pbx", "one", []string{"PJSIP/410-1", "PJSIP/411-2", "UnicastRTP/x-7", "Snoop/PJSIP-4"})
	ids, links = peers(x, "PJSIP/410-1")
	require.Equal(t, []string{"PJSIP/411-2"}, ids, "without helpers")
	require.Equal(t, []string{"one"}, links)

	// Two Local pairs in a chain, and back to the first bridge.
	x.SetBridge("pbx", "one", []string{"PJSIP/410-1", "Local/a@b-5;1"})
	x.SetBridge("pbx", "two", []string{"Local/a@b-5;2", "Local/c@d-6;1"})
	x.SetBridge("pbx", "three", []string{"Local/c@d-6;2", "PJSIP/412-3"})
	ids, links = peers(x, "PJSIP/410-1")
	require.Equal(t, []string{"PJSIP/412-3"}, ids)
	require.Equal(t, []string{"one", "two", "three"}, slices.DeleteFunc(links, func(id string) bool { return strings.HasPrefix(id, "Local/") }))
	ids, _ = peers(x, "PJSIP/412-3")
	require.Equal(t, []string{"PJSIP/410-1"}, ids, "from the other end, too")

	x.Remove("pbx", "Local/c@d-6;1")
	ids, _ = peers(x, "PJSIP/410-1")
	require.Empty(t, ids, "a pair that has lost a half leads nowhere")
	require.Equal(t, "Local/a@b-5;2", x.OtherHalf("pbx", "Local/a@b-5;1"))
	require.Equal(t, "PJSIP/410-1", x.OtherHalf("pbx", "PJSIP/410-1"))
	require.Equal(t, "Local/c@d-6;2", x.OtherHalf("pbx", "Local/c@d-6;2"))
}

func TestLegs(t *testing.T) {
	x := named("PJSIP/410-1", "Local/a@b-5;1", "PJSIP/411-2")
	require.Len(t, x.Legs("pbx", "call"), 2)
	require.Empty(t, x.Legs("pbx", ""))
	require.Empty(t, x.Legs("other", "call"))
}
