package asterisk_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
)

func TestIdsAreOneSegmentOfTheURL(t *testing.T) {
	for id, escaped := range map[string]string{
		"a/b": "a%2Fb", "../live": "..%2Flive", "a?b#c": "a%3Fb%23c", "50%2F": "50%252F", "ä b": "%C3%A4%20b", "x&y=z": "x&y=z",
	} {
		b := newBed(t, nil)
		b.server.AddChannel(asterisktest.Channel{ID: id, Name: "PJSIP/x-1", LinkedID: "linked"})
		linked, err := b.LinkedID(t.Context(), node, id)
		require.NoError(t, err, id)
		require.Equal(t, "linked", linked)
		require.Contains(t, b.asked("variable"), "GET /ari/channels/"+escaped+"/variable?variable=CHANNEL%28linkedid%29")

		track := recording.Track{UniqueID: id, Direction: "both", Name: "lab/" + id}
		require.NoError(t, b.Snoop(t.Context(), node, track, "id"))
		_, err = b.Record(t.Context(), node, track.Name, recording.FormatWAV, 0)
		require.NoError(t, err)
		require.NoError(t, b.End(t.Context(), node, track.Name))
		body, _, err := b.Fetch(t.Context(), node, track.Name, recording.FormatWAV)
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.NoError(t, b.Discard(t.Context(), node, track.Name))
		require.Empty(t, b.server.Files())
	}
}

func TestRefusedCredentials(t *testing.T) {
	server := asterisktest.NewServer(t)
	r := start(t, server.URL, server.Username, "wrong password", nil)
	_, err := r.Live(t.Context(), node, "x")
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorContains(t, err, "401 credentials refused")
	require.NotContains(t, err.Error(), "wrong password")
	var answer *asterisk.Error
	require.ErrorAs(t, err, &answer)
	require.Equal(t, asterisk.Error{Node: node, Operation: "live", Status: 401}, *answer)

	_, _, err = r.Fetch(t.Context(), node, "x", recording.FormatWAV)
	require.ErrorContains(t, err, "credentials refused")
	require.Eventually(t, func() bool { return r.status().Fault != "" }, patience, time.Millisecond)
	require.Equal(t, "credentials refused: check asterisk.username and asterisk.password against ari.conf", r.status().Fault)
}

func TestACallIsBounded(t *testing.T) {
	hung := make(chan struct{})
	defer close(hung)
	b := newBed(t, func(o *asterisk.Options) { o.Timeouts.Call = 100 * time.Millisecond })
	b.server.Inject(asterisktest.Fault{Path: "/recordings/", Times: -1, Until: hung})
	_, err := b.Live(t.Context(), node, "x")
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorIs(t, err, context.DeadlineExceeded, "by its own limit")

	patient := newBed(t, func(o *asterisk.Options) { o.Timeouts.Call = time.Hour })
	patient.server.Inject(asterisktest.Fault{Path: "/recordings/", Times: -1, Until: hung})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, patient.Discard(ctx, node, "x"), context.DeadlineExceeded, "by its caller's")
}

func TestAnswersThatAreNotARIs(t *testing.T) {
	b := newBed(t, nil)
	b.server.Inject(asterisktest.Fault{Path: "/recordings/live/", Status: 200}) // no JSON
	_, err := b.Live(t.Context(), node, "x")
	require.ErrorIs(t, err, recording.ErrSwitchDown)

	b.server.Inject(asterisktest.Fault{Path: "/recordings/live/", Short: true})
	b.server.SetLive("x", "recording")
	_, err = b.Live(t.Context(), node, "x")
	require.ErrorIs(t, err, recording.ErrSwitchDown)

	b.server.Inject(asterisktest.Fault{Path: "/recordings/stored/", Status: 302})
	_, err = b.Stored(t.Context(), node, "x", recording.FormatWAV)
	require.Error(t, err, "a redirection is not followed, the credentials stay here")
}

func TestConnectionsAreKeptAndFew(t *testing.T) {
	b := newBed(t, func(o *asterisk.Options) { o.Timeouts.Call = patience })
	before := b.server.Connections()
	for range 50 {
		_, err := b.Live(t.Context(), node, "unknown")
		require.NoError(t, err)
		_, err = b.Stored(t.Context(), node, "unknown", recording.FormatWAV)
		require.NoError(t, err)
		require.NoError(t, b.Discard(t.Context(), node, "unknown"))
	}
	require.Equal(t, before, b.server.Connections(), "answers of every kind leave the connection to the next call")

	gate := make(chan struct{})
	b.server.Inject(asterisktest.Fault{Path: "/recordings/", Times: -1, Until: gate})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := b.Live(t.Context(), node, "unknown"); err != nil {
				t.Error(err)
			}
		})
	}
	require.Eventually(t, func() bool { return len(b.asked("/live/")) == 50+32 }, patience, time.Millisecond)
	close(gate)
	all.Wait()
	require.LessOrEqual(t, b.server.Connections(), 1+32, "with the websocket's: well below Asterisk's 100")
}

func TestPing(t *testing.T) {
	b := newBed(t, nil)
	took, version, err := b.Ping(t.Context(), node)
	require.NoError(t, err)
	require.Positive(t, took)
	require.Equal(t, "22.0.0-fake", version)
	b.server.SetBooting(true)
	_, _, err = b.Ping(t.Context(), node)
	require.ErrorIs(t, err, recording.ErrSwitchDown)
	require.ErrorContains(t, err, "503 Service Unavailable: Asterisk not booted")
	_, _, err = b.Ping(t.Context(), "nowhere")
	require.ErrorIs(t, err, recording.ErrSwitchDown)
}

func TestTLS(t *testing.T) {
	server, pem := asterisktest.NewTLSServer(t)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(authority, pem, 0o600))
	r := ready(t, server, func(o *asterisk.Options) { o.Nodes[0].CAFile = authority })
	_, err := r.Live(t.Context(), node, "x")
	require.NoError(t, err)

	for _, test := range []struct {
		url, ca string
		fault   string
	}{
		{server.URL, "", "signed by an authority that is not trusted: give the authority's certificate in asterisk.ca_file"},
		{strings.Replace(server.URL, "127.0.0.1", "localhost", 1), authority, "for other names than the host in asterisk.url"},
		{strings.Replace(asterisktest.NewServer(t).URL, "http:", "https:", 1), authority, "no TLS at the port in asterisk.url"},
	} {
		stranger := start(t, test.url, server.Username, server.Password, func(o *asterisk.Options) { o.Nodes[0].CAFile = test.ca })
		_, err = stranger.Live(t.Context(), node, "x")
		require.ErrorIs(t, err, recording.ErrSwitchDown)
		require.Eventually(t, func() bool { return stranger.status().Fault != "" }, patience, time.Millisecond)
		require.Contains(t, stranger.status().Fault, test.fault)
		require.NotContains(t, stranger.status().Fault, "localhost", "it is shown to everybody")
	}
}

func TestOptions(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for want, spoil := range map[string]func(*asterisk.Options){
		"application and instance": func(o *asterisk.Options) { o.Instance = "" },
		"no receiver of signals":   func(o *asterisk.Options) { o.Signal = nil },
		"no node is configured":    func(o *asterisk.Options) { o.Nodes = nil },
		"used twice":               func(o *asterisk.Options) { o.Nodes = append(o.Nodes, o.Nodes[0]) },
		"of the form http":         func(o *asterisk.Options) { o.Nodes[0].URL = "127.0.0.1:8088" },
		"holds credentials":        func(o *asterisk.Options) { o.Nodes[0].URL = "http://a:secret@127.0.0.1/ari" },
		"CA file of node default":  func(o *asterisk.Options) { o.Nodes[0].CAFile = "no such file" },
		"holds no certificate":     func(o *asterisk.Options) { o.Nodes[0].CAFile = empty },
	} {
		good := build(t, "http://127.0.0.1:1/ari/", "u", "p", nil)
		options := asterisk.Options{
			Nodes:       []asterisk.NodeOptions{{Name: node, URL: "http://127.0.0.1:1/ari/"}},
			Application: application, Instance: "x", Index: good.index,
			Signal: func(recording.Signal) bool { return true },
		}
		spoil(&options)
		_, err := asterisk.New(options)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
	}
}

// The library's scheme is nobody else's: a stray request goes nowhere.
func TestSchemeIsPrivate(t *testing.T) {
	build(t, "http://127.0.0.1:1/ari", "u", "p", nil)
	response, err := http.Get("ari://12345/channels")
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	require.ErrorContains(t, err, "no ARI call has the number 12345")
}
