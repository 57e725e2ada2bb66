package config_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

// options is an isolated place to load from: no file, no environment, the host pbx1.
func options(environ ...string) config.Options {
	return config.Options{
		Search:   []string{},
		Environ:  append([]string{}, environ...),
		Hostname: func() (string, error) { return "pbx1", nil },
	}
}

func fromFile(t *testing.T, yaml string, environ ...string) config.Options {
	t.Helper()
	opts := options(environ...)
	opts.File = write(t, "ari-recorder.yaml", yaml)
	return opts
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func load(t *testing.T, opts config.Options) config.Config {
	t.Helper()
	c, err := config.Load(opts)
	require.NoError(t, err)
	return c
}

// faults loads what must not load, and returns all that is wrong with it.
func faults(t *testing.T, opts config.Options) config.Errors {
	t.Helper()
	c, err := config.Load(opts)
	var all config.Errors
	require.ErrorAs(t, err, &all)
	require.Zero(t, c, "a faulty configuration must not be usable")
	return all
}

func flagSet(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.BindFlags(flags)
	require.NoError(t, flags.Parse(args))
	return flags
}

func TestDefaultsAreThoseOfTheContract(t *testing.T) {
	require.Equal(t, config.Config{
		DataDir:  "data",
		Instance: "pbx1",
		HTTP:     config.HTTP{Listen: "127.0.0.1:8080"},
		Database: config.Database{URL: "sqlite:data/ari-recorder.db", Driver: config.SQLite, Path: "data/ari-recorder.db"},
		Storage:  config.Storage{Path: "data/recordings", MinFree: 256 << 20},
		Asterisk: config.Asterisk{
			Application: "ari-recorder",
			Nodes:       []config.Node{{Name: "default", URL: "http://127.0.0.1:8088/ari"}},
		},
		Recording: config.Recording{Format: "wav", Capture: "parties", Channels: 1, Follow: "channel", UndeleteWindow: 30 * 24 * time.Hour},
		Auth:      config.Auth{Local: true},
		Legacy:    config.Legacy{GetResponse: "plain"},
		Limits: config.Limits{
			PerKey:     config.Rate{PerSecond: 1000, Burst: 2000},
			PerAddress: config.Rate{PerSecond: 1000, Burst: 2000},
		},
		Log: config.Log{Level: slog.LevelInfo},
	}, load(t, options()))
}

func TestEveryValueIsRead(t *testing.T) {
	c := load(t, fromFile(t, `
data_dir: /srv/recorder/
instance: pbx-2.example
http:
  listen: "[::1]:9090"
  public_url: HTTPS://Recorder.example.org/base/
  trusted_proxies: [10.0.0.0/8, "2001:db8::/32"]
  cors_origins: [https://CRM.example.org:443, "http://10.0.0.5:8081"]
asterisk:
  url: https://pbx.example.org:8089/ari/
  username: "0123"
  password: 0777
  application: crm.recorder
  spool_dir: /var/spool/asterisk/recording
  extension_pattern: ^99([0-9]+)$
recording: {format: wav16, max_duration: 1h30m, max_active: 40, retention: 365d, undelete_window: 7d}
legacy: {retrieve_during_call: true, get_response: soap, fault_status: 500, networks: "10.1.0.0/16, 192.168.7.4/32"}
auth.required: false
limits: {per_key: 20, per_address: 0}
log: {level: warn, format: json}
`))
	require.Equal(t, "/srv/recorder", c.DataDir)
	require.Equal(t, "/srv/recorder/ari-recorder.db", c.Database.Path)
	require.Equal(t, "/srv/recorder/recordings", c.Storage.Path)
	require.Equal(t, "pbx-2.example", c.Instance)
	require.Equal(t, config.HTTP{
		Listen:         "[::1]:9090",
		PublicURL:      "https://recorder.example.org/base",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
		CORSOrigins:    []string{"https://crm.example.org", "http://10.0.0.5:8081"},
	}, c.HTTP)
	require.Equal(t, "crm.recorder", c.Asterisk.Application)
	node := c.Asterisk.Nodes[0]
	require.Equal(t, "https://pbx.example.org:8089/ari", node.URL)
	require.Equal(t, "0123", node.Username)
	require.Equal(t, "0777", node.Password.Reveal(), "a password is a text, not an octal number")
	require.Equal(t, "/var/spool/asterisk/recording", node.SpoolDir)
	require.Equal(t, []string{"99410", "410"}, node.ExtensionPattern.FindStringSubmatch("99410"))
	require.Equal(t, "wav16", c.Recording.Format)
	require.Equal(t, 90*time.Minute, c.Recording.MaxDuration)
	require.Equal(t, 40, c.Recording.MaxActive)
	require.Equal(t, 365*24*time.Hour, c.Recording.Retention)
	require.Equal(t, 7*24*time.Hour, c.Recording.UndeleteWindow)
	require.Equal(t, config.Limits{PerKey: config.Rate{PerSecond: 20, Burst: 20}}, c.Limits)
	require.True(t, c.Legacy.RetrieveDuringCall)
	require.Equal(t, "soap", c.Legacy.GetResponse)
	require.Equal(t, 500, c.Legacy.FaultStatus)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("192.168.7.4/32")}, c.Legacy.Networks)
	require.Equal(t, config.Log{Level: slog.LevelWarn, Format: "json"}, c.Log)
}

func TestPrecedence(t *testing.T) {
	const file = "recording: {max_active: 1}"
	const env = "ARI_RECORDER_RECORDING_MAX_ACTIVE=2"
	tests := map[string]struct {
		file    string
		environ []string
		args    []string
		want    int
	}{
		"default":                          {want: 0},
		"file":                             {file: file, want: 1},
		"environment beats file":           {file: file, environ: []string{env}, want: 2},
		"flag beats environment":           {file: file, environ: []string{env}, args: []string{"--recording-max-active=3"}, want: 3},
		"empty variable is not set":        {file: file, environ: []string{"ARI_RECORDER_RECORDING_MAX_ACTIVE="}, want: 1},
		"empty flag takes it to default":   {file: file, environ: []string{env}, args: []string{"--recording-max-active="}, want: 0},
		"null in the file is not written":  {file: "recording: {max_active: ~}", want: 0},
		"empty in the file is not written": {file: `recording: {max_active: ""}`, environ: []string{env}, want: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := fromFile(t, test.file, test.environ...)
			opts.Flags = flagSet(t, test.args...)
			require.Equal(t, test.want, load(t, opts).Recording.MaxActive)
		})
	}
}

func TestListOfALowerLayerIsReplacedNotExtended(t *testing.T) {
	opts := fromFile(t, "legacy: {networks: [10.0.0.0/8, 172.16.0.0/12]}", "ARI_RECORDER_LEGACY_NETWORKS=192.168.0.0/16")
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}, load(t, opts).Legacy.Networks)
}

func TestFlags(t *testing.T) {
	opts := options()
	opts.Flags = flagSet(t, "--data-dir=/srv/x", "--http-listen", "localhost:0", "--asterisk-username=crm",
		"--database-url=sqlite:/srv/y.db", "--legacy-retrieve-during-call", "--log-level=debug")
	opts.Environ = []string{"ARI_RECORDER_ASTERISK_PASSWORD=pw"}
	c := load(t, opts)
	require.Equal(t, "/srv/y.db", c.Database.Path)
	require.Equal(t, "/srv/x/recordings", c.Storage.Path)
	require.Equal(t, "localhost:0", c.HTTP.Listen)
	require.Equal(t, "crm", c.Asterisk.Nodes[0].Username)
	require.True(t, c.Legacy.RetrieveDuringCall)
	require.Equal(t, slog.LevelDebug, c.Log.Level)
}

func TestFlagsOfAnotherSubcommandMayBeMissing(t *testing.T) {
	opts := options()
	opts.Flags = pflag.NewFlagSet("version", pflag.ContinueOnError)
	require.Equal(t, "data", load(t, opts).DataDir)
}

func TestMalformedFlagIsAFaultAndNotZero(t *testing.T) {
	opts := options()
	opts.Flags = flagSet(t, "--recording-max-active=many", "--legacy-retrieve-during-call=maybe")
	require.Equal(t, config.Errors{
		{Key: "recording.max_active", Text: `"many" is not a whole number from 0 upwards`, Source: "flag --recording-max-active"},
		{Key: "legacy.retrieve_during_call", Text: `"maybe" is neither true nor false`, Source: "flag --legacy-retrieve-during-call"},
	}, faults(t, opts))
}

func TestSecretsHaveNoFlag(t *testing.T) {
	flags := flagSet(t)
	require.Nil(t, flags.Lookup("asterisk-password"))
	require.Nil(t, flags.Lookup("auth-keys"))
	require.Nil(t, flags.Lookup("auth-keys-file"))
	require.NotNil(t, flags.Lookup("asterisk-username"))
	require.NotNil(t, flags.Lookup("limits-per-key"))
	require.NotNil(t, flags.Lookup("http-tls-key-file"), "a file's name is no secret")
}

func TestSearch(t *testing.T) {
	near := write(t, "near.yaml", "instance: near")
	far := write(t, "far.yaml", "instance: far")
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	tests := map[string]struct {
		file   string
		search []string
		want   string
		path   string
	}{
		"named file":                {file: far, search: []string{near}, want: "far", path: far},
		"first that exists":         {search: []string{missing, near, far}, want: "near", path: near},
		"none":                      {search: []string{missing}, want: "pbx1"},
		"nothing is looked for":     {search: []string{}, want: "pbx1"},
		"the named one is the only": {file: near, search: nil, want: "near", path: near},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := options()
			opts.File, opts.Search = test.file, test.search
			c := load(t, opts)
			require.Equal(t, test.want, c.Instance)
			require.Equal(t, test.path, c.File)
		})
	}
	require.Equal(t, []string{"./ari-recorder.yaml", "/etc/ari-recorder/ari-recorder.yaml"}, config.DefaultSearch())
}

func TestProcessEnvironmentAndWorkingFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.WriteFile("ari-recorder.yaml", []byte("instance: here\nrecording: {max_active: 1}"), 0o600))
	t.Setenv("ARI_RECORDER_RECORDING_MAX_ACTIVE", "5")
	c := load(t, config.Options{})
	require.Equal(t, "here", c.Instance)
	require.Equal(t, 5, c.Recording.MaxActive)
}

func TestHostname(t *testing.T) {
	for name, hostname := range map[string]func() (string, error){
		"unknown":  func() (string, error) { return "", errors.New("no host name") },
		"unusable": func() (string, error) { return "mein pbx", nil },
	} {
		t.Run(name, func(t *testing.T) {
			opts := options()
			opts.Hostname = hostname
			all := faults(t, opts)
			require.Len(t, all, 1)
			require.Equal(t, "instance", all[0].Key)
			opts.Environ = []string{"ARI_RECORDER_INSTANCE=pbx2"}
			require.Equal(t, "pbx2", load(t, opts).Instance)
		})
	}
}
