package config_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

// variable is the environment variable of a key.
func variable(key string) string {
	return "ARI_RECORDER_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func TestFaultyValues(t *testing.T) {
	tests := []struct{ key, value, want string }{
		{"data_dir", "./a?b", "must not hold a question mark"},
		{"instance", "my pbx", `"my pbx" must be 1 to 64 letters`},
		{"instance", "-x", "beginning with a letter or digit"},
		{"instance", "..", "beginning with a letter or digit"},
		{"instance", strings.Repeat("x", 65), "1 to 64"},
		{"asterisk.application", "crm/2", `"crm/2" must be`},
		{"asterisk.application", "büro", "letters, digits"},
		{"http.listen", "8080", "must be HOST:PORT"},
		{"http.listen", "127.0.0.1:http", "number from 0 to 65535"},
		{"http.listen", "127.0.0.1:65536", "number from 0 to 65535"},
		{"http.listen", "::1:80", "must be HOST:PORT"},
		{"http.public_url", "recorder.example.org", "is not a URL"},
		{"http.public_url", "ftp://recorder.example.org", "must begin with http"},
		{"http.public_url", "https://me:hunter2@recorder.example.org", "must not hold a user name"},
		{"http.public_url", "https://:hunter2@re corder", "is not a URL"},
		{"http.public_url", "https://recorder.example.org/?x=1", "must not hold ? or #"},
		{"http.public_url", "https://recorder.example.org:99999", "number from 1 to 65535"},
		{"http.trusted_proxies", "10.0.0.1", `"10.0.0.1" is not a network`},
		{"http.trusted_proxies", "10.0.0.0/33", "is not a network"},
		{"http.cors_origins", "*", "each origin must be"},
		{"http.cors_origins", "null", "each origin must be"},
		{"http.cors_origins", "https://crm.example.org/app", "each origin must be"},
		{"legacy.networks", "10.0.0.1/8", `"10.0.0.1/8" has bits behind its mask; write 10.0.0.0/8`},
		{"recording.format", "mp3", `"mp3" is not one of wav, wav16`},
		{"recording.capture", "both", `"both" is not one of mixed, parties`},
		{"recording.channels", "3", `"3" is not one of 1, 2`},
		{"recording.max_active", "-1", "from 0 upwards"},
		{"recording.max_active", "1.5", "whole number"},
		{"recording.max_active", "99999999999999999999", "whole number"},
		{"recording.max_duration", "90", "is not a duration"},
		{"recording.max_duration", "-5m", "is not a duration"},
		{"recording.max_duration", "1500ms", "in whole seconds"},
		{"recording.max_duration", "30d", "is not a duration"},
		{"recording.retention", "720h", "is not a number of days"},
		{"recording.retention", "36501d", "up to 36500"},
		{"recording.retention", "-1d", "is not a number of days"},
		{"legacy.retrieve_during_call", "yes", "neither true nor false"},
		{"recording.undelete_window", "30", "is not a number of days"},
		{"legacy.get_response", "xml", "is not one of plain, soap"},
		{"legacy.fault_status", "404", "is not one of 0, 500"},
		{"auth.required", "no", `"no" is neither true nor false`},
		{"limits.per_key", "many", `"many" is not a number of requests a second`},
		{"limits.per_key", "-1", "is not a number of requests"},
		{"limits.per_key", "10/0", "is not a number of requests"},
		{"limits.per_key", "0/10", "is not a number of requests"},
		{"limits.per_key", "10/1.5", "is not a number of requests"},
		{"limits.per_key", "10/", "is not a number of requests"},
		{"limits.per_key", "1e3", "is not a number of requests"},
		{"limits.per_key", "0.0001", "is not a number of requests"},
		{"limits.per_address", "1000001", "up to 1000000"},
		{"limits.per_address", "1/1000001", "up to 1000000"},
		{"limits.per_address", "10/s", "or 0 for no limit"},
		{"log.level", "trace", "is not one of debug, info, warn, error"},
		{"log.format", "xml", "is not one of text, json"},
	}
	for _, test := range tests {
		t.Run(test.key+"="+test.value, func(t *testing.T) {
			environ := []string{variable(test.key) + "=" + test.value}
			if test.key != "auth.required" {
				environ = append(environ, "ARI_RECORDER_AUTH_REQUIRED=false")
			}
			all := faults(t, options(environ...))
			require.Len(t, all, 1, "%v", all)
			require.Equal(t, test.key, all[0].Key)
			require.Equal(t, "environment "+variable(test.key), all[0].Source)
			require.Contains(t, all[0].Text, test.want)
			require.NotContains(t, all[0].Text, "hunter2")
		})
	}
}

// Two sides, and a call that goes on without its channel, need a track for each party.
func TestWhatNeedsParties(t *testing.T) {
	for key, value := range map[string]string{"recording.channels": "2", "recording.follow": "call"} {
		all := faults(t, options(variable("recording.capture")+"=mixed", variable(key)+"="+value))
		require.Len(t, all, 1, "%v", all)
		require.Equal(t, key, all[0].Key)
		require.Contains(t, all[0].Text, "needs recording.capture: parties")
	}
	c := load(t, options(variable("recording.capture")+"=parties", variable("recording.channels")+"=2", variable("recording.follow")+"=call"))
	require.Equal(t, "parties", c.Recording.Capture)
	require.Equal(t, 2, c.Recording.Channels)
	require.Equal(t, "call", c.Recording.Follow)
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "1000": 1000, "3KiB": 3 << 10, "512MiB": 512 << 20, "2GiB": 2 << 30, "1TiB": 1 << 40} {
		require.Equal(t, want, load(t, options(variable("storage.min_free")+"="+text)).Storage.MinFree, text)
	}
	for text, want := range map[string]string{
		"-1": "is not a size", "2 GiB": "is not a size", "2GB": "is not a size", "1.5GiB": "is not a size", "5 %": "is not a size", "999999999999999TiB": "more than any disk has",
	} {
		all := faults(t, options(variable("storage.min_free")+"="+text))
		require.Len(t, all, 1, "%v", all)
		require.Equal(t, "storage.min_free", all[0].Key)
		require.Contains(t, all[0].Text, want)
	}
}

func TestDefaultsMayBeWrittenDown(t *testing.T) {
	c := load(t, options(
		"ARI_RECORDER_RECORDING_RETENTION=0d", "ARI_RECORDER_RECORDING_UNDELETE_WINDOW=30d", "ARI_RECORDER_RECORDING_MAX_DURATION=0",
		"ARI_RECORDER_LEGACY_RETRIEVE_DURING_CALL=False"))
	require.Zero(t, c.Recording.Retention)
	require.Equal(t, 720*time.Hour, c.Recording.UndeleteWindow)
}

func TestLifetimes(t *testing.T) {
	c := load(t, options("ARI_RECORDER_RECORDING_RETENTION=90d", "ARI_RECORDER_RECORDING_UNDELETE_WINDOW=0"))
	require.Equal(t, 90*24*time.Hour, c.Recording.Retention)
	require.Zero(t, c.Recording.UndeleteWindow)
}

func TestRates(t *testing.T) {
	for text, want := range map[string]config.Rate{
		"0":               {},
		"0.0":             {},
		"50":              {PerSecond: 50, Burst: 50},
		"50/200":          {PerSecond: 50, Burst: 200},
		"0.5":             {PerSecond: 0.5, Burst: 1},
		"2.5":             {PerSecond: 2.5, Burst: 3},
		"0.001/1":         {PerSecond: 0.001, Burst: 1},
		"1000000/1000000": {PerSecond: 1_000_000, Burst: 1_000_000},
	} {
		c := load(t, options("ARI_RECORDER_LIMITS_PER_KEY="+text))
		require.Equal(t, want, c.Limits.PerKey, text)
		require.Equal(t, config.Rate{PerSecond: 1000, Burst: 2000}, c.Limits.PerAddress)
		again := load(t, options("ARI_RECORDER_LIMITS_PER_KEY="+want.String()))
		require.Equal(t, want, again.Limits.PerKey, "what is printed can be written")
	}
}

func TestNetworksOfIPv4InIPv6(t *testing.T) {
	c := load(t, options("ARI_RECORDER_LEGACY_NETWORKS=::ffff:10.0.0.0/104,::/0"))
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0")}, c.Legacy.Networks)
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	opts := fromFile(t, "recording:\n  format: mp3\n  colour: red\nlog.level: loud\nasterisk:\n  url: http://127.0.0.1:8088\n",
		"ARI_RECORDER_TYPO=1", "ARI_RECORDER_DATABASE_URL=postgres://me:hunter2@db/x", "ARI_RECORDER_HTTP_TRUSTED_PROXIES=a,b")
	opts.Flags = flagSet(t, "--http-listen=:8080")
	const exposed = ", and there are neither auth.keys nor legacy.networks; make a key with ari-recorder keys new NAME, and write its line " +
		"under auth.keys, or write auth.required: false if everyone who can reach it may record and listen"
	require.Equal(t, strings.Join([]string{
		fmt.Sprintf(`recording.colour: unknown key; remove it (%s:3)`, opts.File),
		`ARI_RECORDER_TYPO: unknown variable; remove it (environment)`,
		`http.trusted_proxies: "a" is not a network such as 10.0.0.0/8 or 10.1.2.3/32 (environment ARI_RECORDER_HTTP_TRUSTED_PROXIES)`,
		`http.trusted_proxies: "b" is not a network such as 10.0.0.0/8 or 10.1.2.3/32 (environment ARI_RECORDER_HTTP_TRUSTED_PROXIES)`,
		fmt.Sprintf(`asterisk.url: "http://127.0.0.1:8088" has no path; Asterisk's is http://127.0.0.1:8088/ari unless http.conf says otherwise (%s:6)`, opts.File),
		fmt.Sprintf(`recording.format: "mp3" is not one of wav, wav16 (%s:2)`, opts.File),
		fmt.Sprintf(`log.level: "loud" is not one of debug, info, warn, error (%s:4)`, opts.File),
		`database.url: must begin with sqlite: or mysql:// (environment ARI_RECORDER_DATABASE_URL)`,
		`http.listen: ":8080" can be reached from other machines` + exposed + `, or listen on 127.0.0.1 (flag --http-listen)`,
		`http.trusted_proxies: says that other machines reach the service` + exposed + ` (environment ARI_RECORDER_HTTP_TRUSTED_PROXIES)`,
	}, "\n"), faults(t, opts).Error())
}
