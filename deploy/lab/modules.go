package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Modules are loaded in this order, the technology's between the two lists. Asterisk works out dependencies by itself only between modules that
// it is told to load.
const (
	modulesBefore = `
		res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto
		res_http_websocket res_websocket_client res_stasis res_stasis_answer res_stasis_device_state res_stasis_playback res_stasis_recording res_stasis_snoop
		res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_device_states res_ari_endpoints
		res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds res_pjproject res_rtp_asterisk`
	modulesAfter = `
		chan_bridge_media codec_ulaw codec_alaw codec_resample format_wav format_pcm format_sln
		bridge_simple bridge_native_rtp bridge_softmix bridge_holding bridge_builtin_features bridge_builtin_interval_features
		res_musiconhold res_parking app_dial app_echo app_stasis app_mixmonitor app_chanspy app_playback app_transfer app_confbridge app_queue
		app_originate app_verbose app_stack app_exec app_bridgewait app_channelredirect app_directed_pickup app_senddtmf app_userevent
		func_channel func_callerid func_cut func_groupcount func_uri func_cdr func_strings func_timeout func_logic func_global func_volume
		func_hangupcause func_talkdetect func_periodic_hook
		res_cdrel_custom cdr_custom pbx_config cel_custom res_clioriginate`
)

// newerModules are not in every Asterisk: others that are load them where they are.
var newerModules = []string{"res_websocket_client", "res_cdrel_custom"}

// findModules finds the folder of Asterisk's modules, as seen inside the root folder, and what is to be loaded of it.
func findModules(root string, t Technology) (dir string, modules []string, err error) {
	driver, known := drivers[t]
	if !known {
		return "", nil, fmt.Errorf("no technology is called %q", t)
	}
	inside, err := moduleDir(root)
	if err != nil {
		return "", nil, err
	}
	for _, module := range strings.Fields(modulesBefore + " " + driver.modules + " " + modulesAfter) {
		_, err := os.Stat(filepath.Join(root, inside, module+".so"))
		switch {
		case err == nil:
			modules = append(modules, module)
		case !slices.Contains(newerModules, module):
			return "", nil, fmt.Errorf("this Asterisk cannot connect phones by %s: %w", t, err)
		}
	}
	return inside, modules, nil
}

// moduleDir finds Asterisk's modules in a root folder: the path in newer packages names the machine's architecture.
func moduleDir(root string) (string, error) {
	for _, pattern := range []string{"usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			continue
		}
		inside, err := filepath.Rel(root, found[0])
		if err != nil {
			return "", fmt.Errorf("module folder: %w", err)
		}
		return "/" + inside, nil
	}
	return "", errors.New("no Asterisk modules in " + root)
}
