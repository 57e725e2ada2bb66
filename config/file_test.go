package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

func TestFileIsReadStrictly(t *testing.T) {
	tests := map[string]struct {
		yaml string
		want []string // "key: text (line)"; the path is cut off
	}{
		"unknown key": {
			"http:\n  listn: 1.2.3.4:80\n",
			[]string{"http.listn: unknown key; did you mean http.listen? (2)"},
		},
		"unknown section": {
			"htpp:\n  listen: x\nplugins: {a: 1}\n",
			[]string{"htpp: unknown key; remove it (2)", "plugins: unknown key; remove it (3)"},
		},
		"upper case is another key": {
			"Instance: x\n",
			[]string{"Instance: unknown key; did you mean instance? (1)"},
		},
		"written twice": {
			"log:\n  level: info\n  level: debug\n",
			[]string{"log.level: is written twice; remove one (3)"},
		},
		"written twice, nested and with dots": {
			"log: {level: info}\nlog.level: debug\n",
			[]string{"log.level: is written twice; remove one (2)"},
		},
		"section written twice": {
			"log: {level: info}\nlog: {format: json}\n",
			[]string{"log: is written twice; remove one (2)"},
		},
		"section is a value": {
			"http: 8080\n",
			[]string{"http: must be a section with keys of its own (1)"},
		},
		"value is a section": {
			"instance:\n  name: x\n",
			[]string{"instance: must be a single value (2)"},
		},
		"value is a list": {
			"recording:\n  format: [wav]\n",
			[]string{"recording.format: must be a single value (2)"},
		},
		"list is a section": {
			"legacy: {networks: {a: b}}\n",
			[]string{"legacy.networks: must be a list of values (1)"},
		},
		"list holds nothing": {
			"legacy: {networks: [10.0.0.0/8, ~]}\n",
			[]string{"legacy.networks: must be a list of values (1)"},
		},
		"binary": {
			"instance: !!binary cGJ4\n",
			[]string{"instance: must be a single value (1)"},
		},
		"alias": {
			"instance: &x pbx\nasterisk: {application: *x}\n",
			[]string{"asterisk.application: must be a single value (2)"},
		},
		"endless alias": {
			"legacy: {networks: &a [*a]}\n",
			[]string{"legacy.networks: must be a list of values (1)"},
		},
		"line feed in a key": {
			"\"a\\nb\": 1\n",
			[]string{"a b: unknown key; remove it (1)"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := fromFile(t, test.yaml)
			text := strings.ReplaceAll(faults(t, opts).Error(), opts.File+":", "")
			require.Equal(t, strings.Join(test.want, "\n"), text)
		})
	}
}

func TestFilesThatHoldNothing(t *testing.T) {
	for _, yaml := range []string{"", "# only a comment\n", "---\n", "---\n...\n", "http:\nlog: ~\n"} {
		require.Equal(t, "pbx1", load(t, fromFile(t, yaml)).Instance, "%q", yaml)
	}
}

func TestFileThatCannotBeUnderstood(t *testing.T) {
	tests := map[string]struct{ yaml, want string }{
		"syntax":        {"http:\n\tlisten: x\n", "is not valid YAML"},
		"two documents": {"instance: a\n---\ninstance: b\n", "holds more than one YAML document; leave one"},
		"too large":     {"#" + strings.Repeat("x", 1<<20), "is larger than 1024 KiB"},
		"a list":        {"- instance\n", "must be a section with keys of its own"},
		"not text":      {"\x00\x01\x02", "is not valid YAML"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := fromFile(t, test.yaml, "ARI_RECORDER_TYPO=x")
			all := faults(t, opts)
			require.Equal(t, opts.File, all[0].Key)
			require.Contains(t, all[0].Text, test.want)
			require.Equal(t, "ARI_RECORDER_TYPO", all[1].Key, "what can be said is said")
		})
	}
}

func TestUnreadableFileGivesNoGuesses(t *testing.T) {
	opts := fromFile(t, "auth: {required: false\n", "ARI_RECORDER_HTTP_LISTEN=0.0.0.0:80")
	all := faults(t, opts)
	require.Len(t, all, 1, "whether auth.required is written down is not known: %v", all)
}

func TestUnquotedPasswordIsNotRepeated(t *testing.T) {
	text := faults(t, fromFile(t, "asterisk: {username: crm, password: *hunter2 }\n")).Error()
	require.NotContains(t, text, "hunter2")
	require.Contains(t, text, "must be in quotes")
}

func TestNamedFileMustExist(t *testing.T) {
	opts := options()
	opts.File = filepath.Join(t.TempDir(), "missing.yaml")
	require.ErrorContains(t, faults(t, opts), "no such file")
	opts.File = t.TempDir()
	require.ErrorContains(t, faults(t, opts), "is a directory")
}

func TestFileThatIsThereIsNotPassedOver(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	require.NoError(t, os.Mkdir(folder, 0o700))
	opts := options()
	opts.Search = []string{folder, write(t, "other.yaml", "instance: somebody-else")}
	require.Equal(t, folder, faults(t, opts)[0].Key)
}

func TestErrorsAreOneLineEach(t *testing.T) {
	all := config.Errors{{Key: "a", Text: "b", Source: "c"}, {Key: "d", Text: "e", Source: "f"}}
	require.EqualError(t, all, "a: b (c)\nd: e (f)")
}

// Whatever the file holds, Load answers with a configuration or with Errors of one line each.
func FuzzFile(f *testing.F) {
	example, err := os.ReadFile(exampleFile)
	require.NoError(f, err)
	f.Add(string(example))
	f.Add("asterisk: {nodes: [{name: a, url: 'http://pbx/ari'}, *x]}\n")
	f.Add("auth: {keys: [{name: a, hash: 'sha256:', scopes: record, networks: [10.0.0.0/8]}, {}, ~, [x]]}\n")
	f.Add("access: {users: [{username: '*', tags: [a*, 'b,c'], extensions: x, private: true}, {username: [a]}]}\n")
	f.Add("limits: {per_key: 0.5/3, per_address: 0/0}\nhttp: {tls: {cert_file: /dev/null, key_file: /dev/null}}\n")
	f.Add("? [a, b]\n: &x {<<: *x}\n---\n")
	f.Add("http.listen: ':1'\nauth: {required: !!bool \"no\"}\n")
	f.Fuzz(func(t *testing.T, yaml string) {
		_, err := config.Load(fromFile(t, yaml))
		if err == nil {
			return
		}
		var all config.Errors
		require.ErrorAs(t, err, &all)
		require.Len(t, strings.Split(err.Error(), "\n"), len(all))
	})
}
