package channels_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/channels"
)

// on410 makes an answered channel of extension 410 and lets edit change it.
func on410(id string, edit func(*channels.Channel)) channels.Channel {
	c := channels.Channel{Node: "a", UniqueID: id, Name: "PJSIP/410-" + id, Extension: "410", State: channels.StateUp, Hold: channels.HoldOff}
	if edit != nil {
		edit(&c)
	}
	return c
}

func ringing(c *channels.Channel)     { c.State = "Ringing" }
func held(c *channels.Channel)        { c.Hold = channels.HoldOn }
func holdUnknown(c *channels.Channel) { c.Hold = channels.HoldUnknown }

func index(list ...channels.Channel) *channels.Index {
	x := channels.NewIndex("a", "b")
	x.SetReady("a", true)
	x.SetReady("b", true)
	for _, c := range list {
		x.Put(c)
	}
	return x
}

func TestResolvePicksByTheContractsOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		list    []channels.Channel
		bridged []string
		want    string
		reason  channels.Reason
		kept    []string
	}{
		{"one call", []channels.Channel{on410("1", nil)}, nil, "1", "", nil},
		{"answered before ringing", []channels.Channel{on410("1", ringing), on410("2", nil)}, nil, "2", "", nil},
		{"a held call before a ringing one", []channels.Channel{on410("1", ringing), on410("2", held)}, nil, "2", "", nil},
		{"talking before held", []channels.Channel{on410("1", held), on410("2", nil)}, nil, "2", "", nil},
		{"talking before held, though the held one is bridged", []channels.Channel{on410("1", held), on410("2", nil)}, []string{"1"}, "2", "", nil},
		{"bridged before alone", []channels.Channel{on410("1", nil), on410("2", nil)}, []string{"2"}, "2", "", nil},
		{"unknown hold does not decide", []channels.Channel{on410("1", holdUnknown), on410("2", nil)}, nil, "", channels.Ambiguous, []string{"1", "2"}},
		{"nor is it taken for held", []channels.Channel{on410("1", holdUnknown), on410("2", held)}, nil, "", channels.Ambiguous, []string{"1", "2"}},
		{"unknown hold, but only one is bridged", []channels.Channel{on410("1", holdUnknown), on410("2", holdUnknown)}, []string{"1"}, "1", "", nil},
		{"two equal", []channels.Channel{on410("1", nil), on410("2", nil)}, []string{"1", "2"}, "", channels.Ambiguous, []string{"1", "2"}},
		{"two talking, one held", []channels.Channel{on410("1", nil), on410("2", held), on410("3", nil)}, nil, "", channels.Ambiguous, []string{"1", "3"}},
		{"only ringing", []channels.Channel{on410("1", ringing)}, nil, "", channels.NotAnswered, []string{"1"}},
		{"two ringing", []channels.Channel{on410("1", ringing), on410("2", ringing)}, nil, "", channels.NotAnswered, []string{"1", "2"}},
		{"nothing", nil, nil, "", channels.NotFound, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := index(c.list...)
			for _, id := range c.bridged {
				x.Put(channels.Channel{Node: "a", UniqueID: "peer" + id, Name: "PJSIP/500-" + id, Extension: "500", State: channels.StateUp})
				x.SetBridge("a", "bridge"+id, []string{id, "peer" + id})
			}
			found, err := x.Resolve(channels.Query{Channel: "410"})
			if c.reason == "" {
				require.NoError(t, err)
				require.Equal(t, c.want, found.Channel.UniqueID)
				require.Equal(t, channels.ByExtension, found.By)
				require.Len(t, found.Considered(), len(c.list))
				return
			}
			var e *channels.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.reason, e.Reason)
			var kept []string
			for _, candidate := range e.Candidates {
				if candidate.Kept {
					kept = append(kept, candidate.Channel.UniqueID)
				}
			}
			require.Equal(t, c.kept, kept)
		})
	}
}

func TestResolveTakesAUniqueIDFirst(t *testing.T) {
	odd := on410("1.1", nil)
	odd.UniqueID = "410"
	odd.Extension = "777"
	x := index(odd, on410("2.2", nil))
	found, err := x.Resolve(channels.Query{Channel: "410"})
	require.NoError(t, err)
	require.Equal(t, channels.ByUniqueID, found.By)
	require.Equal(t, "777", found.Channel.Extension)
}

func TestResolveByUniqueIDOfARingingChannel(t *testing.T) {
	_, err := index(on410("1.1", ringing), on410("2.2", nil)).Resolve(channels.Query{Channel: "1.1"})
	var e *channels.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, channels.NotAnswered, e.Reason)
	require.Equal(t, "the call on uniqueid 1.1 is not answered yet", e.Error())
}

func TestResolveNeverNamesASnoop(t *testing.T) {
	snoop := channels.Channel{Node: "a", UniqueID: "s.1", Name: "Snoop/410-00000001", Extension: "410", State: channels.StateUp}
	for _, what := range []string{"410", "s.1"} {
		_, err := index(snoop).Resolve(channels.Query{Channel: what})
		require.EqualError(t, err, "no live call on extension "+what)
	}
}

func TestResolveOnSeveralNodes(t *testing.T) {
	twin := on410("1.1", nil)
	twin.Node = "b"
	twin.State = "Ringing"
	x := index(on410("1.1", nil), twin)
	_, err := x.Resolve(channels.Query{Channel: "1.1"})
	var e *channels.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, channels.Ambiguous, e.Reason, "a uniqueid is a name: no rule may prefer a node")
	found, err := x.Resolve(channels.Query{Channel: "1.1", Node: "a"})
	require.NoError(t, err)
	require.Equal(t, "a", found.Channel.Node)
	_, err = x.Resolve(channels.Query{Channel: "1.1", Node: "c"})
	require.ErrorAs(t, err, &e)
	require.Equal(t, channels.UnknownNode, e.Reason)
}

func TestResolveWhileANodeIsNotReady(t *testing.T) {
	x := index(on410("1.1", nil))
	x.SetReady("b", false)
	_, err := x.Resolve(channels.Query{Channel: "410"})
	require.NoError(t, err, "what is found on a node that is ready is found")
	var e *channels.Error
	_, err = x.Resolve(channels.Query{Channel: "411"})
	require.ErrorAs(t, err, &e)
	require.Equal(t, channels.NotReady, e.Reason, "it may be on the node that is away")
	x.SetReady("a", false)
	_, err = x.Resolve(channels.Query{Channel: "410"})
	require.ErrorAs(t, err, &e)
	require.Equal(t, channels.NotReady, e.Reason, "what was known before may be over")
}

func TestErrorsAreOneLineWhateverWasAsked(t *testing.T) {
	for _, what := range []string{"../", "a\nb", "", "PJSIP/410", "x y", "\x00", "😀"} {
		_, err := index().Resolve(channels.Query{Channel: what})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, err.Error(), "\x00")
	}
}

func TestAmbiguityNamesTheUniqueIDs(t *testing.T) {
	_, err := index(on410("1.1", nil), on410("2.2", nil)).Resolve(channels.Query{Channel: "410"})
	require.EqualError(t, err, "several calls on extension 410 cannot be told apart; name one of these uniqueids: 1.1 (PJSIP/410-1.1), 2.2 (PJSIP/410-2.2)")
}

func TestCandidatesAreNamedInTheSameOrderEachTime(t *testing.T) {
	for range 50 {
		a, b := on410("1", nil), on410("1", nil)
		b.Node = "b"
		_, err := index(b, a).Resolve(channels.Query{Channel: "1"})
		var e *channels.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, []string{"a", "b"}, []string{e.Candidates[0].Channel.Node, e.Candidates[1].Channel.Node})
	}
}
