package lab

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"ari-recorder/deploy/lab/tone"
)

//go:embed conf
var confFiles embed.FS

var confTemplates = template.Must(template.ParseFS(confFiles, "conf/*.tmpl"))

// asteriskConf is what the templates of conf/ are filled with.
type asteriskConf struct {
	ModuleDir                          string
	Modules                            []string
	Phones                             []Phone
	SystemName                         string
	ChannelVars, Verbose               bool
	SessionLimit                       int
	SIPPort, HTTPPort                  int
	RTPStart, RTPEnd                   int
	Username, Password                 string
	ReadOnlyUsername, ReadOnlyPassword string
}

// modules are loaded in this order. Asterisk works out dependencies by itself only between modules that it is told to load.
var modules = strings.Fields(`
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto
res_http_websocket res_websocket_client res_stasis res_stasis_answer res_stasis_device_state res_stasis_playback res_stasis_recording res_stasis_snoop
res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_device_states res_ari_endpoints
res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds
res_pjproject res_pjsip res_pjsip_authenticator_digest res_pjsip_session res_pjsip_sdp_rtp res_pjsip_endpoint_identifier_user res_pjsip_caller_id res_pjsip_header_funcs
res_pjsip_pubsub res_pjsip_refer res_pjsip_rfc3326 res_pjsip_dtmf_info res_rtp_asterisk chan_pjsip chan_bridge_media
codec_ulaw codec_alaw codec_resample format_wav format_pcm format_sln
bridge_simple bridge_native_rtp bridge_softmix bridge_holding bridge_builtin_features bridge_builtin_interval_features
res_musiconhold res_parking app_dial app_echo app_stasis app_mixmonitor app_chanspy app_playback app_transfer app_confbridge app_queue
app_originate app_verbose app_stack app_exec app_bridgewait app_channelredirect app_directed_pickup app_senddtmf app_userevent
func_channel func_callerid func_cut func_groupcount func_uri func_cdr func_strings func_timeout func_logic func_global func_volume func_hangupcause func_talkdetect func_periodic_hook
res_cdrel_custom cdr_custom pbx_config cel_custom res_clioriginate
`)

// subfolders of an instance's own folder, each /srv/<name> in the root folder.
var subfolders = []string{"conf", "lib/keys", "spool/recording", "spool/monitor", "run", "log/cdr-custom", "log/cel-custom", "moh", "phones"}

// write lays out an instance's folder: configuration, music, empty spool.
func (c asteriskConf) write(dir string) error {
	for _, sub := range subfolders {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for _, t := range confTemplates.Templates() {
		var text bytes.Buffer
		if err := t.Execute(&text, c); err != nil {
			return err
		}
		name := strings.TrimSuffix(path.Base(t.Name()), ".tmpl")
		if err := os.WriteFile(filepath.Join(dir, "conf", name), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "moh", "music.ulaw"), tone.MuLaw(tone.Sine(MusicTone, sampleRate, sampleRate)), 0o644)
}

// moduleDir finds Asterisk's modules in a root folder, whatever the machine's architecture is.
func moduleDir(root string) (string, error) {
	found, err := filepath.Glob(filepath.Join(root, "usr/lib/*/asterisk/modules"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("no Asterisk modules in " + root)
	}
	inside, err := filepath.Rel(root, found[0])
	if err != nil {
		return "", fmt.Errorf("module folder: %w", err)
	}
	return "/" + inside, nil
}
