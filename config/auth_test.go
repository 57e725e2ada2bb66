package config_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
	"ari-recorder/pkg/access"
)

// hash is a well-formed hash of nothing in particular.
func hash(digit string) string { return "sha256:" + strings.Repeat(digit, 64) }

// withHashes puts hashes in the place of A and B.
func withHashes(yaml string) string {
	return strings.NewReplacer("HASH_A", hash("a"), "HASH_B", hash("b")).Replace(yaml)
}

const twoKeys = `
- {name: crm, hash: "HASH_A", scopes: [record, retrieve], networks: [10.0.0.0/8, "::ffff:192.168.0.0/112"]}
- name: ops
  hash: HASH_B
  scopes: admin, record, admin
`

func TestAPIKeys(t *testing.T) {
	want := config.Auth{Required: true, Keys: []config.APIKey{
		{Name: "crm", Hash: hash("a"), Scopes: []string{"record", "retrieve"},
			Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.0.0/16")}},
		{Name: "ops", Hash: hash("b"), Scopes: []string{"admin", "record"}},
	}}
	list := withHashes(twoKeys)
	indented := strings.ReplaceAll(list, "\n", "\n    ")
	require.Equal(t, want, load(t, fromFile(t, "auth:\n  keys:"+indented)).Auth, "in the file")
	for name, content := range map[string]string{
		"just the list":      list,
		"with comments":      "# keys of the north office\n---\n" + list,
		"under keys":         "keys:" + indented,
		"under auth, keys":   "auth:\n  keys:" + indented,
		"under the key":      "auth.keys:" + indented,
		"as JSON":            fmt.Sprintf(`[{"name":"crm","hash":%q,"scopes":["record","retrieve"],"networks":["10.0.0.0/8","192.168.0.0/16"]},{"name":"ops","hash":%q,"scopes":["admin","record"]}]`, hash("a"), hash("b")),
		"with carriage ends": strings.ReplaceAll(list, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, want, load(t, options("ARI_RECORDER_AUTH_KEYS_FILE="+write(t, "keys.yaml", content))).Auth)
		})
	}
}

// What pkg/access makes is taken here, and its words are ours; this package cannot ask it.
func TestWhatAccessMakes(t *testing.T) {
	var list strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&list, "- {name: key-%d, hash: %s, scopes: [%s, %s, %s, %s]}\n", i, access.HashOf(access.NewKey()),
			access.Record, access.Retrieve, access.Manage, access.Admin)
	}
	auth := load(t, options("ARI_RECORDER_AUTH_KEYS_FILE="+write(t, "keys.yaml", list.String()))).Auth
	require.Len(t, auth.Keys, 1000)
	for _, key := range auth.Keys {
		require.NoError(t, access.CheckHash(key.Hash))
	}
	wrong := write(t, "wrong.yaml", fmt.Sprintf("- {name: %s, hash: %s, scopes: [admin]}", access.LegacyName, access.NewKey()))
	all := faults(t, options("ARI_RECORDER_AUTH_KEYS_FILE="+wrong))
	require.Len(t, all, 2, "%v", all)
	require.Contains(t, all[0].Text, "choose another")
	require.Contains(t, all[1].Text, "is a key itself")
}

// A key that was left out of the file of keys must not live on, and none may inherit what another had.
func TestFileOfKeysReplacesTheList(t *testing.T) {
	old := withHashes("auth:\n  keys:" + strings.ReplaceAll(twoKeys, "\n", "\n    "))
	keys := write(t, "keys.yaml", withHashes("- {name: new, hash: HASH_A, scopes: [manage]}"))
	require.Equal(t, []config.APIKey{{Name: "new", Hash: hash("a"), Scopes: []string{"manage"}}},
		load(t, fromFile(t, old, "ARI_RECORDER_AUTH_KEYS_FILE="+keys)).Auth.Keys)

	bare := write(t, "bare.yaml", "- {name: new}")
	require.EqualError(t, faults(t, fromFile(t, old, "ARI_RECORDER_AUTH_KEYS_FILE="+bare)), strings.Join([]string{
		"auth.keys.0.hash: is missing (" + bare + ":1)",
		"auth.keys.0.scopes: is missing (" + bare + ":1)",
	}, "\n"))
}

func TestFaultyKeysAreAllListed(t *testing.T) {
	const secret = "arik_abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst"
	list := withHashes(`
- {}
- {name: crm, hash: HASH_A, scopes: [record]}
- {name: crm, hash: HASH_A, scopes: [record, fly, Admin], networks: [10.0.0.1/8, here]}
- {name: my key, hash: "` + secret + `", scopes: []}
- {name: legacy.networks, hash: abc, scope: record, scopes: [~]}
- crm
- name: ops
  hash: sha256:00
  scopes: [manage]
  name: again
- {name: [x], hash: HASH_B, scopes: [record]}
- {name: late, hash: "` + strings.ToUpper(hash("c")) + `", scopes: {a: b}}
`)
	path := write(t, "keys.yaml", list)
	want := strings.Join([]string{
		`auth.keys.4.scope: unknown key; did you mean scopes? (6)`,
		`auth.keys.4.scopes: must be a list of values (6)`,
		`auth.keys.5: must hold name, hash, scopes, networks (7)`,
		`auth.keys.6.name: is written twice; remove one (11)`,
		`auth.keys.7.name: must be a single value (12)`,
		`auth.keys.8.scopes: must be a list of values (13)`,
		`auth.keys.0.name: is missing (2)`,
		`auth.keys.0.hash: is missing (2)`,
		`auth.keys.0.scopes: is missing (2)`,
		`auth.keys.2.scopes: "fly" is not one of record, retrieve, manage, admin (4)`,
		`auth.keys.2.scopes: "Admin" is not one of record, retrieve, manage, admin (4)`,
		`auth.keys.2.networks: "10.0.0.1/8" has bits behind its mask; write 10.0.0.0/8 (4)`,
		`auth.keys.2.networks: "here" is not a network such as 10.0.0.0/8 or 10.1.2.3/32 (4)`,
		`auth.keys.2.name: "crm" is the name of two keys (4)`,
		`auth.keys.2.hash: is the hash of two keys (4)`,
		`auth.keys.3.name: "my key" must be 1 to 64 letters, digits, -, _ or ., beginning with a letter or digit (5)`,
		`auth.keys.3.hash: is a key itself; write only its hash, and as it may have been seen here, make a new one (5)`,
		`auth.keys.3.scopes: is missing (5)`,
		`auth.keys.4.name: "legacy.networks" is what callers without a key are called; choose another (6)`,
		`auth.keys.4.hash: must be sha256: and 64 lower-case hexadecimal digits (6)`,
		`auth.keys.6.hash: must be sha256: and 64 lower-case hexadecimal digits (9)`,
		`auth.keys.8.hash: must be sha256: and 64 lower-case hexadecimal digits (13)`,
	}, "\n")
	text := faults(t, options("ARI_RECORDER_AUTH_KEYS_FILE="+path, "ARI_RECORDER_HTTP_LISTEN=:8080")).Error()
	require.Equal(t, want, strings.ReplaceAll(text, path+":", ""), "and none about an exposed address")
	require.NotContains(t, text, secret)
}

func TestFaultyFilesOfKeys(t *testing.T) {
	tests := map[string]struct{ path, want string }{
		"missing":       {filepath.Join(t.TempDir(), "missing"), "no such file"},
		"a folder":      {t.TempDir(), "is a directory"},
		"empty":         {write(t, "empty", "\n"), "holds no list"},
		"empty list":    {write(t, "none", "[]"), "holds no list"},
		"a hash":        {write(t, "hash", hash("a")), "holds no list"},
		"a key":         {write(t, "one", "name: crm\nhash: x\n"), "must be a list"},
		"other section": {write(t, "other", "access: {keys: [x]}\n"), "must be a list"},
		"two documents": {write(t, "two", "[x]\n---\n[y]\n"), "more than one YAML document"},
		"no YAML":       {write(t, "bad", "[{"), "is not valid YAML"},
		"endless":       {"/dev/zero", "is larger than 1024 KiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			all := faults(t, options("ARI_RECORDER_AUTH_KEYS_FILE="+test.path, "ARI_RECORDER_HTTP_LISTEN=:8080"))
			require.Len(t, all, 1, "%v", all)
			require.Equal(t, "auth.keys", all[0].Key)
			require.Contains(t, all[0].String(), test.path)
			require.Contains(t, all[0].Text, test.want)
		})
	}
}

func TestWhenCredentialsAreRequired(t *testing.T) {
	keys := "ARI_RECORDER_AUTH_KEYS_FILE=" + write(t, "keys.yaml", withHashes("- {name: crm, hash: HASH_A, scopes: [record]}"))
	const networks, public = "ARI_RECORDER_LEGACY_NETWORKS=127.0.0.0/8", "ARI_RECORDER_HTTP_LISTEN=:8080"
	const yes, no = "ARI_RECORDER_AUTH_REQUIRED=true", "ARI_RECORDER_AUTH_REQUIRED=false"
	tests := map[string]struct {
		environ         []string
		required, local bool
	}{
		"nothing is written":       {nil, false, true},
		"no":                       {[]string{no}, false, false},
		"keys":                     {[]string{keys}, true, false},
		"networks":                 {[]string{networks}, true, false},
		"keys, and no":             {[]string{keys, no}, false, false},
		"networks, and no":         {[]string{networks, no}, false, false},
		"keys, and yes":            {[]string{keys, yes}, true, false},
		"networks, and yes":        {[]string{networks, yes}, true, false},
		"public with keys":         {[]string{public, keys}, true, false},
		"public with networks":     {[]string{public, networks}, true, false},
		"public, and no":           {[]string{public, no}, false, false},
		"public URL with keys":     {[]string{"ARI_RECORDER_HTTP_PUBLIC_URL=https://r.example.org", keys}, true, false},
		"proxies with keys":        {[]string{"ARI_RECORDER_HTTP_TRUSTED_PROXIES=127.0.0.1/32", keys}, true, false},
		"empty values are nothing": {[]string{"ARI_RECORDER_AUTH_KEYS_FILE=", "ARI_RECORDER_LEGACY_NETWORKS="}, false, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			auth := load(t, options(test.environ...)).Auth
			require.Equal(t, test.required, auth.Required)
			require.Equal(t, test.local, auth.Local)
		})
	}
	require.True(t, load(t, fromFile(t, "auth: {keys: []}\nlegacy: {networks: []}")).Auth.Local, "empty lists are nothing")
}

// Credentials that nobody can have would let nobody in.
func TestRequiredWithoutAnyCredentials(t *testing.T) {
	for _, environ := range [][]string{nil, {"ARI_RECORDER_HTTP_LISTEN=:8080"}, {"ARI_RECORDER_LEGACY_NETWORKS=,"}} {
		all := faults(t, options(append(environ, "ARI_RECORDER_AUTH_REQUIRED=true")...))
		require.Len(t, all, 1, "%v", all)
		require.Equal(t, "auth.required", all[0].Key)
		require.Contains(t, all[0].Text, "true lets nobody in")
		require.Contains(t, all[0].Text, "ari-recorder keys new NAME")
	}
	opts := options("ARI_RECORDER_AUTH_REQUIRED=true", "ARI_RECORDER_LEGACY_NETWORKS=10.0.0.0/8")
	opts.Flags = flagSet(t, "--legacy-networks=")
	require.Equal(t, "auth.required", faults(t, opts)[0].Key, "taken back by a flag")
}
