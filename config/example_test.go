package config_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ari-recorder/config"
)

const exampleFile = "ari-recorder.example.yaml"

// commentedKey is a key that is switched off: a hash and no space. Prose has a space.
var commentedKey = regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`)

func uncommented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	require.NoError(t, err)
	return commentedKey.ReplaceAllString(string(text), "$1$2")
}

func TestExampleEqualsTheDefaults(t *testing.T) {
	want := load(t, options())
	for name, path := range map[string]string{
		"as it is":                   exampleFile,
		"every commented key active": write(t, "active.yaml", uncommented(t)),
	} {
		t.Run(name, func(t *testing.T) {
			opts := options()
			opts.File = path
			got := load(t, opts)
			got.File = ""
			require.Equal(t, want, got)
		})
	}
}

func TestExampleHoldsEveryKeyAndItsDefault(t *testing.T) {
	var tree map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(uncommented(t)), &tree))
	for _, key := range config.Keys() {
		var value any = tree
		for name := range strings.SplitSeq(key.Name, ".") {
			section, ok := value.(map[string]any)
			require.True(t, ok, key.Name)
			require.Contains(t, section, name, key.Name)
			value = section[name]
		}
		// An empty value stands for a default that is a rule, or for none.
		if text := fmt.Sprint(value); text != "" && text != "[]" {
			require.Equal(t, key.Default, text, key.Name)
		}
	}
}

func TestKeys(t *testing.T) {
	keys := map[string]config.Key{}
	for _, key := range config.Keys() {
		require.NotContains(t, keys, key.Name)
		keys[key.Name] = key
		require.Regexp(t, `^[A-Za-z].*\.$`, key.Text, key.Name)
		require.NotContains(t, key.Text, "\n")
		switch key.Name {
		case "asterisk.nodes", "access.users":
			require.Empty(t, key.Env+key.EnvFile+key.Flag, "file only")
		case "auth.keys":
			require.Equal(t, "ARI_RECORDER_AUTH_KEYS_FILE", key.Env+key.EnvFile+key.Flag)
		default:
			require.Equal(t, variable(key.Name), key.Env)
		}
	}
	require.Equal(t, "ARI_RECORDER_HTTP_TLS_CERT_FILE", keys["http.tls.cert_file"].Env)
	require.Equal(t, "ARI_RECORDER_ASTERISK_PASSWORD_FILE", keys["asterisk.password"].EnvFile)
	require.Equal(t, "ARI_RECORDER_DATABASE_URL_FILE", keys["database.url"].EnvFile)
	require.Equal(t, "asterisk-spool-dir", keys["asterisk.spool_dir"].Flag)
	config.Keys()[0].Name = "changed"
	require.Equal(t, "data_dir", config.Keys()[0].Name, "callers get their own slice")
}

// Every key is known in the file, as a variable and as a flag, whatever this version makes of it.
func TestNoKeyOfTheTableIsUnknown(t *testing.T) {
	for _, key := range config.Keys() {
		opts := fromFile(t, key.Name+": [x]")
		if key.Env != "" {
			opts.Environ = append(opts.Environ, key.Env+"=x")
		}
		if key.EnvFile != "" {
			opts.Environ = append(opts.Environ, key.EnvFile+"=/nonexistent")
		}
		if key.Flag != "" {
			opts.Flags = flagSet(t, "--"+key.Flag+"=x")
		}
		if _, err := config.Load(opts); err != nil {
			require.NotContains(t, err.Error(), "unknown", key.Name)
		}
	}
}
