package doctor

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"ari-recorder/pkg/asterisk"
	"ari-recorder/pkg/recording"
)

// credentials tells whether ARI knows us; what it answered is in the greeting.
func (v *visit) credentials() bool {
	user := v.node.Username
	switch v.greeting.Status {
	case http.StatusUnauthorized:
		if user == "" {
			v.fault(nodeCredentials, "ARI wants a username and password (401), and none are configured",
				"set "+v.key("username")+" and "+v.key("password")+"; in ari.conf a section of that name: [recorder], type = user, read_only = no, password = …"+reload("res_ari.so"))
			return false
		}
		v.fault(nodeCredentials, fmt.Sprintf("ARI refuses the user %s with this password (401)", user),
			fmt.Sprintf("in ari.conf: a section [%s] with type = user, read_only = no, password = the one of %s%s", user, v.key("password"), reload("res_ari.so")))
	case http.StatusForbidden:
		v.fault(nodeCredentials, fmt.Sprintf("Asterisk forbids the user %s everything from here (403)", user),
			fmt.Sprintf("let permit, deny and acl pass this machine: in ari.conf, section [%s]%s; and in http.conf, sections of type = restriction%s", user, reload("res_ari.so"), reload("http")))
	default:
		v.ok(nodeCredentials, "ARI takes the user %s", user)
		return true
	}
	return false
}

// user tells whether we may change anything, by asking for a change of nothing.
func (v *visit) user(ctx context.Context) bool {
	err := v.ari.TryWrite(ctx, v.trial())
	switch {
	case err == nil:
		v.ok(nodeUser, "may read and write")
		return true
	case asterisk.StatusOf(err) == http.StatusForbidden:
		v.fault(nodeUser, fmt.Sprintf("the user %s may only look (403)", v.node.Username), fmt.Sprintf("in ari.conf, section [%s]: read_only = no%s", v.node.Username, reload("res_ari.so")))
	default:
		v.fault(nodeUser, "ARI does not take a change: "+err.Error(), lookIntoLog)
	}
	return false
}

const lookIntoLog = "look into Asterisk's log, such as /var/log/asterisk/messages.log, for the reason"

func (v *visit) version() {
	text := v.greeting.Version
	if text == "" {
		v.skip("needs res_ari_asterisk", nodeVersion)
		return
	}
	major, minor, known := readVersion(text)
	switch {
	case !known:
		v.hint(nodeVersion, "Asterisk "+text+", of which nothing is known here", "tested are Asterisk 16 and 22")
	case major < 16 || major == 16 && minor < 3:
		v.warning(nodeVersion, "Asterisk "+text+": before 16.3 events cannot be filtered, so that all of them are sent, and it is tested with nothing older", "update to Asterisk 16.3 or later, best to 22")
	case major != 16 && major != 22:
		v.hint(nodeVersion, "Asterisk "+text, "tested are Asterisk 16 and 22; there is nothing to be done if the other checks are ok")
	default:
		v.ok(nodeVersion, "Asterisk %s", text)
	}
}

// readVersion reads 22.10.1+dfsg and certified/18.9-cert4.
func readVersion(text string) (major, minor int, known bool) {
	_, err := fmt.Sscanf(strings.TrimPrefix(text, "certified/"), "%d.%d", &major, &minor)
	return major, minor, err == nil
}

// needed are the modules without which no recording works, those first that others need; res_ari_asterisk was there to be
// asked.
var needed = []string{
	"res_http_websocket", "res_stasis_answer", "res_stasis_playback", "res_stasis_recording", "res_stasis_snoop", "format_wav",
	"res_ari_applications", "res_ari_bridges", "res_ari_channels", "res_ari_events", "res_ari_recordings",
}

// neededFor are the modules without which no recording in a format works. A call's 8 kHz become 16 kHz by codec_resample only; without it Asterisk
// consents, and the file stays empty. A trial does not show that: silence is not resampled.
func neededFor(f recording.Format) []string {
	if f == recording.FormatWAV16 {
		return append(slices.Clone(needed), "codec_resample")
	}
	return needed
}

// useful are modules without which recordings work, and what is missing then.
var useful = []struct{ name, without string }{
	{"func_cdr", "each recording leaves a row in Asterisk's CDRs"},
	{"func_channel", "recordings do not learn the linkedid of their call"},
	{"codec_alaw", "recordings of calls in G.711 A-law are silent"},
	{"codec_ulaw", "recordings of calls in G.711 µ-law are silent"},
}

func (v *visit) modules(ctx context.Context) {
	if v.greeting.Version == "" {
		v.fault(nodeModules, "res_ari_asterisk is not loaded: the service needs it to connect, and so does whoever asks for the other modules", load("res_ari_asterisk"))
		return
	}
	needed := neededFor(recording.Format(v.Config.Recording.Format))
	missing, err := v.absent(ctx, needed)
	if err != nil {
		v.fault(nodeModules, "ARI does not tell which modules are loaded: "+err.Error(), lookIntoLog)
		return
	}
	if len(missing) > 0 {
		v.fault(nodeModules, strings.Join(missing, ", ")+" not loaded", load(missing...))
		return
	}
	if v.poorer(ctx) {
		return
	}
	v.ok(nodeModules, "all %d are loaded", len(needed)+len(useful)+1)
}

// poorer tells of all useful modules that are missing, if any are.
func (v *visit) poorer(ctx context.Context) bool {
	var names, seen []string
	for _, module := range useful {
		if absent, err := v.absent(ctx, []string{module.name}); err == nil && len(absent) > 0 {
			names, seen = append(names, module.name), append(seen, module.name+" is not loaded: "+module.without)
		}
	}
	if len(names) > 0 {
		v.warning(nodeModules, strings.Join(seen, "; "), load(names...))
	}
	return len(names) > 0
}

func (v *visit) absent(ctx context.Context, names []string) (missing []string, err error) {
	for _, name := range names {
		runs, err := v.ari.Module(ctx, name)
		if err != nil {
			return nil, err
		}
		if !runs {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// load says how modules are loaded, now and at the next start.
func load(names ...string) string {
	var now, later []string
	for _, name := range names {
		now = append(now, "asterisk -rx 'module load "+name+".so'")
		later = append(later, "noload = "+name+".so")
	}
	return strings.Join(now, " && ") + "; and take " + strings.Join(later, ", ") + " out of modules.conf (with autoload = no: write load = instead)"
}
