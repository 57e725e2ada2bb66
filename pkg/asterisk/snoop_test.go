package asterisk_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
)

func TestSnoopAsksForWhatTheTrackSays(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { o.Instance = "desk one" })
	track := b.track()
	track.Direction = "in"
	require.NoError(t, b.Snoop(t.Context(), node, track, "01k9"))
	for _, request := range b.server.Requests() {
		if request.Line == "POST /ari/channels/1795418220.7/snoop/"+track.Name {
			require.JSONEq(t, `{"app": "lab-desk one", "appArgs": "01k9", "spy": "in"}`, request.Body)
			return
		}
	}
	require.Fail(t, "no such request")
}

// Asterisk answers now and then that the snoop exists already, or 500, or breaks off, and has made it or not.
func TestSnoopAfterADoubtfulAnswer(t *testing.T) {
	snoop := func(f asterisktest.Fault) asterisktest.Fault {
		f.Method, f.Path = http.MethodPost, "/snoop/"
		return f
	}
	exists := asterisktest.Fault{Status: 409, Message: "Channel with given unique ID already exists"}
	broken := asterisktest.Fault{Status: 500, Message: "Internal error"}
	cut := asterisktest.Fault{Break: true}
	works := func(f asterisktest.Fault) asterisktest.Fault { f.Works = true; return f }
	twice := func(f asterisktest.Fault) asterisktest.Fault { f.Times = 2; return f }
	for name, test := range map[string]struct {
		fault asterisktest.Fault
		posts int
		err   error
	}{
		"409, and it is there":   {works(exists), 1, nil},
		"409, and it is not":     {exists, 2, nil},
		"409 again":              {twice(exists), 2, recording.ErrRefused},
		"500, and it is there":   {works(broken), 1, nil},
		"500, and it is not":     {broken, 2, nil},
		"500 again":              {twice(broken), 2, recording.ErrSwitchDown},
		"cut, and it is there":   {works(cut), 1, nil},
		"cut, and it is not":     {cut, 2, nil},
		"404":                    {asterisktest.Fault{Status: 404, Message: "Channel not found"}, 1, recording.ErrChannelGone},
		"422":                    {asterisktest.Fault{Status: 422, Message: "no"}, 1, recording.ErrRefused},
		"503":                    {asterisktest.Fault{Status: 503, Message: "Asterisk not booted"}, 1, recording.ErrSwitchDown},
		"401 without any words":  {asterisktest.Fault{Status: 401}, 1, recording.ErrSwitchDown},
		"403 of a read-only one": {asterisktest.Fault{Status: 403, Message: "Write access denied"}, 1, recording.ErrSwitchDown},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, nil)
			b.server.Inject(snoop(test.fault))
			track := b.track()
			err := b.Snoop(t.Context(), node, track, "id")
			require.Len(t, b.asked("/snoop/"), test.posts)
			if test.err != nil {
				require.ErrorIs(t, err, test.err)
				require.ErrorContains(t, err, test.fault.Message)
				require.NotContains(t, b.server.Channels(), track.Name)
				return
			}
			require.NoError(t, err)
			require.Contains(t, b.server.Channels(), track.Name)
		})
	}
}

func TestSnoopThatCannotBeLookedFor(t *testing.T) {
	b := newBed(t, nil)
	b.server.Inject(asterisktest.Fault{Path: "/snoop/", Status: 409, Message: "Channel with given unique ID already exists"})
	b.server.Inject(asterisktest.Fault{Method: http.MethodGet, Path: "/channels/lab-", Status: 500, Message: "Internal error"})
	require.ErrorIs(t, b.Snoop(t.Context(), node, b.track(), "id"), recording.ErrSwitchDown)
}

func TestSnoopThatDoesNotReportIn(t *testing.T) {
	b := newBed(t, quick)
	b.server.DropEvents("StasisStart", 1)
	b.server.Inject(notInStasis)
	track := b.track()
	before := time.Now()
	require.ErrorIs(t, b.Snoop(t.Context(), node, track, "id"), recording.ErrNoStasis)
	require.GreaterOrEqual(t, time.Since(before), 50*time.Millisecond)
	require.Contains(t, b.server.Channels(), track.Name, "it is for the caller to hang up")
	require.NoError(t, b.End(t.Context(), node, track.Name))
	require.NotContains(t, b.server.Channels(), track.Name)
}

func TestSnoopThatDiesBeforeItReportsIn(t *testing.T) {
	for name, test := range map[string]struct {
		dies func(b *bed, snoop string)
		err  error
	}{
		"with its target": {func(b *bed, _ string) { b.server.HangUp(target) }, recording.ErrChannelGone},
		"alone":           {func(b *bed, snoop string) { b.server.HangUp(snoop) }, recording.ErrNoStasis},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, nil)
			track := b.track()
			b.server.DropEvents("StasisStart", 1)
			b.server.Inject(notInStasis)
			b.server.Inject(asterisktest.Fault{Path: "/snoop/", Then: func() { test.dies(b, track.Name) }})
			before := time.Now()
			require.ErrorIs(t, b.Snoop(t.Context(), node, track, "id"), test.err)
			require.Less(t, time.Since(before), 2*time.Second, "its end is an answer")
		})
	}
}

func TestSnoopNeedsTheEvents(t *testing.T) {
	server := asterisktest.NewServer(t)
	r := build(t, server.URL, server.Username, server.Password, nil)
	defer r.Close()
	err := r.Snoop(t.Context(), node, recording.Track{UniqueID: "1.1", Name: "lab-1", Direction: "in"}, "id")
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.Empty(t, server.Requests(), "Asterisk would only hang it up")
}

func TestEventsAreCutWhileASnoopIsAwaited(t *testing.T) {
	b := newBed(t, nil)
	b.server.DropEvents("StasisStart", 1)
	b.server.Inject(notInStasis)
	b.server.Inject(asterisktest.Fault{Path: "/snoop/", Then: b.server.CutEvents})
	before := time.Now()
	require.ErrorIs(t, b.Snoop(t.Context(), node, b.track(), "id"), recording.ErrSwitchDown)
	require.Less(t, time.Since(before), 2*time.Second, "nobody waits in vain")
}

// notInStasis is what Asterisk now and then answers when it is asked as soon as the snoop channel is made.
var notInStasis = asterisktest.Fault{Path: "/variable", Status: 409, Message: "Channel not in Stasis application"}

func TestASnoopIsKeptOutOfCDRs(t *testing.T) {
	for name, c := range map[string]struct {
		faults []asterisktest.Fault
		asked  int
		set    string
	}{
		"at once":                    {nil, 1, "1"},
		"after it has reported in":   {[]asterisktest.Fault{notInStasis}, 2, "1"},
		"not at all, and still made": {[]asterisktest.Fault{{Path: "/variable", Status: 500, Message: "Internal error"}}, 1, ""},
		"refused for good":           {[]asterisktest.Fault{notInStasis, notInStasis}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, nil)
			for _, f := range c.faults {
				b.server.Inject(f)
			}
			track := b.snooped(t)
			require.Len(t, b.asked("/variable"), c.asked)
			require.Equal(t, c.set, b.server.Variable(track.Name, "CDR_PROP(disable)"))
		})
	}
}
