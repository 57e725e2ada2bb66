package doctor_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/doctor"
	"ari-recorder/pkg/recording"
)

const patience = 20 * time.Second

// broken is a way in which an Asterisk can be broken, and what a doctor must say of it.
type broken struct {
	name     string
	settings func(settings) settings // nil: those of the healthy one
	harm     func() error
	cure     func() error

	check        string
	status       doctor.Status
	seen, advice string
}

// One Asterisk is broken in one way after the other; each is named, and once what is advised was done, all is well.
func TestBrokenAsterisk(t *testing.T) {
	for _, root := range []lab.Root{lab.RootAsterisk, lab.RootAsterisk16} {
		t.Run(string(root), func(t *testing.T) { brokenAsterisk(t, root) })
	}
}

func brokenAsterisk(t *testing.T, root lab.Root) {
	pbx := lab.NewAsterisk(t, lab.AsteriskOptions{Root: root, ChannelVars: true})
	examine(t, on(pbx)).only()
	ways := append(append(misled(pbx), unloaded(t, pbx)...), misconfigured(t, pbx)...)
	if root == lab.RootAsterisk { // Asterisk 16 has no such lists
		ways = append(ways, refused(t, pbx)...)
	}
	for _, b := range ways {
		t.Run(b.name, func(t *testing.T) {
			s := on(pbx)
			if b.settings != nil {
				s = b.settings(s)
			}
			if b.harm != nil {
				require.NoError(t, b.harm())
			}
			r := examine(t, s)
			if b.cure != nil {
				require.NoError(t, b.cure())
			}
			r.says(b.check, b.status, b.seen, b.advice)
			r.only(b.check, "asterisk:events", "asterisk:recording", "asterisk:modules")
		})
	}
	examine(t, on(pbx)).only()
	clean(t, pbx)
}

// clean insists that nothing was left in Asterisk.
func clean(t *testing.T, pbx *lab.Asterisk) {
	t.Helper()
	require.Empty(t, files(t, pbx.RecordingDir))
	cdrs, err := pbx.CDRs()
	require.NoError(t, err)
	require.Empty(t, cdrs)
	cels, err := pbx.CELs()
	require.NoError(t, err)
	require.Empty(t, cels)
	live, err := pbx.Channels(t.Context())
	require.NoError(t, err)
	require.Empty(t, live)
	out, err := pbx.Command(t.Context(), "bridge show all")
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(out, "\n"), "only the header: %s", out)
	out, err = pbx.Command(t.Context(), "ari show apps")
	require.NoError(t, err)
	require.NotContains(t, out, "doctor")
}

// misled are wrong settings.
func misled(pbx *lab.Asterisk) []broken {
	set := func(pairs ...string) func(settings) settings {
		return func(s settings) settings { return s.with(pairs...) }
	}
	return []broken{
		{name: "wrong path", settings: set("ASTERISK_URL", strings.TrimSuffix(pbx.URL, "ari")+"asterisk"),
			check: "asterisk:connectivity", status: doctor.Fault, seen: "but at " + pbx.URL, advice: "set asterisk.url to " + pbx.URL},
		{name: "wrong path below ARI", settings: set("ASTERISK_URL", pbx.URL+"/v1"),
			check: "asterisk:connectivity", status: doctor.Fault, seen: "but at " + pbx.URL, advice: "set asterisk.url to " + pbx.URL},
		{name: "https", settings: set("ASTERISK_URL", strings.Replace(pbx.URL, "http:", "https:", 1)),
			check: "asterisk:connectivity", status: doctor.Fault, seen: "plain http", advice: "write http:// in asterisk.url"},
		{name: "wrong password", settings: set("ASTERISK_PASSWORD", "guess"),
			check: "asterisk:credentials", status: doctor.Fault, seen: "refuses the user lab", advice: "a section [lab] with type = user, read_only = no, password = the one of asterisk.password"},
		{name: "no password", settings: func(s settings) settings { return settings{"ASTERISK_URL": pbx.URL} },
			check: "asterisk:credentials", status: doctor.Fault, seen: "none are configured", advice: "set asterisk.username and asterisk.password"},
		{name: "read-only user", settings: set("ASTERISK_USERNAME", pbx.ReadOnlyUsername, "ASTERISK_PASSWORD", pbx.ReadOnlyPassword),
			check: "asterisk:user", status: doctor.Fault, seen: "viewer may only look (403)", advice: "section [viewer]: read_only = no"},
		{name: "wrong spool folder", settings: set("ASTERISK_SPOOL_DIR", os.TempDir()),
			check: "asterisk:spool", status: doctor.Fault, seen: os.TempDir() + " is not the folder", advice: "correct asterisk.spool_dir"},
		{name: "missing spool folder", settings: set("ASTERISK_SPOOL_DIR", "/nowhere/recording"),
			check: "asterisk:spool", status: doctor.Fault, seen: "/nowhere/recording does not exist here", advice: "correct asterisk.spool_dir"},
	}
}

// unloaded are missing modules.
func unloaded(t *testing.T, pbx *lab.Asterisk) []broken {
	var all []broken
	missing := func(module, check string, status doctor.Status, seen string, users ...string) {
		all = append(all, broken{
			name:  module,
			harm:  func() error { return pbx.Unload(t.Context(), append(users, module)...) },
			cure:  func() error { return pbx.Load(t.Context(), append([]string{module}, users...)...) },
			check: check, status: status, seen: seen, advice: "module load " + module + ".so",
		})
	}
	for _, module := range []string{"res_ari_applications", "res_ari_bridges", "res_ari_channels", "res_ari_events", "res_ari_recordings", "res_ari_asterisk", "format_wav"} {
		missing(module, "asterisk:modules", doctor.Fault, module)
	}
	missing("res_stasis_snoop", "asterisk:modules", doctor.Fault, "res_stasis_snoop", "res_ari_channels")
	missing("res_ari_events", "asterisk:events", doctor.Fault, "404")
	missing("res_ari_bridges", "asterisk:recording", doctor.Fault, "res_ari_bridges")
	missing("res_ari_recordings", "asterisk:recording", doctor.Fault, "res_ari_recordings")
	missing("format_wav", "asterisk:recording", doctor.Fault, "does not know the format wav")
	missing("func_cdr", "asterisk:modules", doctor.Warning, "a row in Asterisk's CDRs")
	missing("func_channel", "asterisk:modules", doctor.Warning, "linkedid")
	missing("codec_ulaw", "asterisk:modules", doctor.Warning, "µ-law are silent")
	missing("chan_bridge_media", "asterisk:recording", doctor.Fault, "without chan_bridge_media")
	return all
}

// refused are lists of who may come.
func refused(t *testing.T, pbx *lab.Asterisk) []broken {
	ctx := t.Context()
	return []broken{
		{name: "ACL of the user", check: "asterisk:credentials", status: doctor.Fault, seen: "everything from here (403)", advice: "in ari.conf, section [lab]",
			harm: func() error {
				return pbx.Rewrite(ctx, "ari.conf", "read_only = no", "read_only = no\ndeny = 0.0.0.0/0", "res_ari.so")
			},
			cure: func() error {
				return pbx.Rewrite(ctx, "ari.conf", "read_only = no\ndeny = 0.0.0.0/0", "read_only = no", "res_ari.so")
			}},
		{name: "ACL of the path", check: "asterisk:credentials", status: doctor.Fault, seen: "everything from here (403)", advice: "in http.conf, sections of type = restriction",
			harm: func() error { return pbx.Rewrite(ctx, "http.conf", "[general]", restriction+"[general]", "http") },
			cure: func() error { return pbx.Rewrite(ctx, "http.conf", restriction, "", "http") }},
	}
}

const restriction = "[/ari]\ntype = restriction\ndeny = 0.0.0.0/0\n"

// misconfigured are Asterisk's own settings and folders.
func misconfigured(t *testing.T, pbx *lab.Asterisk) []broken {
	ctx := t.Context()
	limit := func(n string) broken {
		line := "enabled = yes\nsessionlimit = " + n
		return broken{name: "sessionlimit " + n, check: "asterisk:sessions", advice: "sessionlimit = 200",
			harm: func() error { return pbx.Rewrite(ctx, "http.conf", "enabled = yes", line, "http") },
			cure: func() error { return pbx.Rewrite(ctx, "http.conf", line, "enabled = yes", "http") },
		}
	}
	few, none := limit("9"), limit("2")
	few.status, few.seen = doctor.Warning, "of the 38 connections"
	none.status, none.seen = doctor.Fault, "of the 38 connections"
	return []broken{
		{name: "ARI off", check: "asterisk:connectivity", status: doctor.Fault, seen: "has no ARI", advice: "section [general]: enabled = yes; then: asterisk -rx 'module reload res_ari.so'",
			harm: func() error { return pbx.Rewrite(ctx, "ari.conf", "enabled = yes", "enabled = no", "res_ari.so") },
			cure: func() error { return pbx.Rewrite(ctx, "ari.conf", "enabled = no", "enabled = yes", "res_ari.so") }},
		few, none,
		{name: "ARI off, and no name", check: "asterisk:connectivity", status: doctor.Fault, seen: "has no ARI", advice: "enabled = yes",
			harm: func() error {
				return errors.Join(pbx.Rewrite(ctx, "http.conf", "[general]", "[general]\nservername =", "http"), pbx.Rewrite(ctx, "ari.conf", "enabled = yes", "enabled = no", "res_ari.so"))
			},
			cure: func() error {
				return errors.Join(pbx.Rewrite(ctx, "http.conf", "[general]\nservername =", "[general]", "http"), pbx.Rewrite(ctx, "ari.conf", "enabled = no", "enabled = yes", "res_ari.so"))
			}},
		{name: "read-only folder", check: "asterisk:recording", status: doctor.Fault, seen: "may not write into its folder", advice: "install -d -o asterisk",
			harm: func() error { return pbx.SetRecordingReadOnly(true) },
			cure: func() error { return pbx.SetRecordingReadOnly(false) }},
		{name: "missing folder", check: "asterisk:recording", status: doctor.Fault, seen: "folder of recordings is missing", advice: "install -d -o asterisk",
			harm: func() error { return os.Rename(pbx.RecordingDir, pbx.RecordingDir+"-") },
			cure: func() error { return os.Rename(pbx.RecordingDir+"-", pbx.RecordingDir) }},
		{name: "full disk", check: "asterisk:recording", status: doctor.Fault, seen: "disk is full", advice: "make room",
			harm: func() error { return pbx.FillRecordingDisk(ctx) },
			cure: func() error { return pbx.EmptyRecordingDisk(ctx) }},
	}
}

// What is healthy is said to be, with either format, and beside the folder; a call is not touched by it.
func TestHealthyAsteriskWithACall(t *testing.T) {
	pbx := lab.NewAsterisk(t, lab.AsteriskOptions{})
	call := pbx.NewCall(t, lab.CallOptions{})
	examine(t, on(pbx)).says("asterisk:linkedid", doctor.Hint, "does not come with the channels", "channelvars = CHANNEL(linkedid)")
	examine(t, on(pbx).with("ASTERISK_EXTENSION_PATTERN", "^sip-([0-9]+)$")).says("asterisk:extensions", doctor.Hint, "none of the 2 live channels, such as PJSIP/41", "correct asterisk.extension_pattern")
	taken(t, pbx)
	require.NoError(t, call.HangUp(t.Context()))

	require.NoError(t, pbx.Rewrite(t.Context(), "ari.conf", "[general]", "[general]\nchannelvars = CHANNEL(linkedid)", "res_ari.so"))
	call = pbx.NewCall(t, lab.CallOptions{})
	for _, s := range []settings{
		on(pbx).with("RECORDING_FORMAT", "wav16", "ASTERISK_EXTENSION_PATTERN", "^4(..)$"),
		on(pbx).with("ASTERISK_SPOOL_DIR", pbx.RecordingDir),
	} {
		r := examine(t, s)
		r.only()
		r.says("asterisk:linkedid", doctor.OK, "comes with each channel", "")
	}
	require.NoError(t, call.HangUp(t.Context()))
	require.Empty(t, files(t, pbx.RecordingDir))
	require.Eventually(t, func() bool {
		cdrs, err := pbx.CDRs()
		return err == nil && len(cdrs) == 2 && strings.HasPrefix(cdrs[0].Channel, "PJSIP/") && strings.HasPrefix(cdrs[1].Channel, "PJSIP/")
	}, patience, 10*time.Millisecond, "a row for each call")
	looksWhileStarting(t, pbx)
}

// taken looks while another client uses the name of the service.
func taken(t *testing.T, pbx *lab.Asterisk) {
	t.Helper()
	c := load(t, on(pbx))
	index := channels.NewIndex("default")
	other, err := asterisk.New(asterisk.Options{
		Nodes:       []asterisk.NodeOptions{{Name: "default", URL: pbx.URL, Username: pbx.Username, Password: pbx.Password}},
		Application: c.Asterisk.Application, Instance: c.Instance, Index: index, Signal: func(recording.Signal) bool { return true },
	})
	require.NoError(t, err)
	other.Start(t.Context())
	defer other.Close()
	require.Eventually(t, func() bool { return index.Ready("default") }, patience, 5*time.Millisecond)
	r := examine(t, on(pbx))
	r.says("asterisk:application", doctor.Warning, "is used already", "another instance")
	r.says("asterisk:sessions", doctor.Skipped, "beside a service", "")
	require.True(t, index.Ready("default"), "it was not thrown out")
}

// Some modules cannot be taken out of a running Asterisk.
func TestAsteriskThatWasNeverWell(t *testing.T) {
	pbx := lab.NewAsterisk(t, lab.AsteriskOptions{Without: []string{"res_http_websocket"}})
	examine(t, on(pbx)).says("asterisk:connectivity", doctor.Fault, "res_http_websocket", "module load res_http_websocket.so")
	pbx = lab.NewAsterisk(t, lab.AsteriskOptions{Root: lab.RootAsterisk16, Without: []string{"res_http_websocket"}})
	examine(t, on(pbx)).says("asterisk:modules", doctor.Fault, "res_http_websocket", "module load res_http_websocket.so") // the rest of ARI is there
	pbx = lab.NewAsterisk(t, lab.AsteriskOptions{Without: []string{"res_stasis_answer", "codec_alaw"}})
	examine(t, on(pbx)).says("asterisk:modules", doctor.Fault, "res_stasis_answer", "module load res_stasis_answer.so")
	pbx = lab.NewAsterisk(t, lab.AsteriskOptions{Without: []string{"res_stasis_recording"}})
	examine(t, on(pbx)).says("asterisk:modules", doctor.Fault, "res_stasis_recording", "module load res_stasis_recording.so")
	pbx = lab.NewAsterisk(t, lab.AsteriskOptions{Without: []string{"codec_resample"}}) // the trial is silence that needs no resampling
	examine(t, on(pbx).with("RECORDING_FORMAT", "wav16")).says("asterisk:modules", doctor.Fault, "codec_resample", "module load codec_resample.so")
	examine(t, on(pbx)).only("asterisk:linkedid")
}

// looksWhileStarting starts Asterisk until a doctor has come in the moment between its HTTP server and its last module.
func looksWhileStarting(t *testing.T, pbx *lab.Asterisk) {
	t.Helper()
	for range 10 {
		require.NoError(t, pbx.Kill())
		done := make(chan error, 1)
		go func() { done <- pbx.Restart(within(t, patience)) }()
		for running := true; running; {
			select {
			case err := <-done:
				require.NoError(t, err)
				running = false
			default:
				c := examine(t, on(pbx)).of("asterisk:connectivity")
				if strings.Contains(c.Seen, "still starting") {
					require.Equal(t, doctor.Fault, c.Status)
					require.Contains(t, c.Advice, "core waitfullybooted")
					require.NoError(t, <-done)
					return
				}
			}
		}
	}
	require.Fail(t, "no doctor came while Asterisk was starting")
}

// A stopped Asterisk, a host that is none, something that is no Asterisk, something that is silent.
func TestNoAsterisk(t *testing.T) {
	r := examine(t, settings{"ASTERISK_URL": "http://127.0.0.1:1/ari"})
	r.says("asterisk:connectivity", doctor.Fault, "nothing listens at 127.0.0.1:1", "start Asterisk")
	r.says("asterisk:recording", doctor.Skipped, "needs an Asterisk that answers", "")
	examine(t, settings{"ASTERISK_URL": "http://asterisk.invalid:8088/ari"}).says("asterisk:connectivity", doctor.Fault, "asterisk.invalid cannot be resolved", "correct the host in asterisk.url")

	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "nginx/1.22.1")
		_, _ = w.Write([]byte("<html>welcome</html>")) // the client may have gone
	}))
	defer page.Close()
	examine(t, settings{"ASTERISK_URL": page.URL + "/ari"}).says("asterisk:connectivity", doctor.Fault, "is not Asterisk's ARI: status 200 by nginx", "set asterisk.url")
	u, err := url.Parse(page.URL)
	require.NoError(t, err)
	examine(t, settings{"ASTERISK_URL": "https://" + u.Host + "/ari"}).says("asterisk:connectivity", doctor.Fault, "speaks plain http", "write http:// in asterisk.url")

	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	r = examineAt(t, within(t, time.Second), settings{"ASTERISK_URL": silent.URL + "/ari"}, doctor.Options{})
	r.says("asterisk:connectivity", doctor.Fault, "does not answer in time", "firewall")
}
