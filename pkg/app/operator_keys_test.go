package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
	"ari-recorder/pkg/access"
)

// writtenDown loads a configuration with the line below auth.keys.
func writtenDown(t *testing.T, line string) config.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ari-recorder.yaml")
	require.NoError(t, os.WriteFile(file, []byte("auth:\n  keys:\n    "+line+"\n"), 0o600))
	c, err := config.Load(config.Options{File: file, Environ: []string{}})
	require.NoError(t, err)
	return c
}

func TestNewKeyIsForTheConfiguration(t *testing.T) {
	o := newOperated(t)
	for _, q := range []KeyQuery{
		{Name: "crm", Scopes: []string{"record", "retrieve"}},
		{Name: "null", Scopes: []string{"admin"}, Networks: []string{"10.0.0.0/8", "fd00::/8"}}, // YAML has a meaning for that word
	} {
		require.NoError(t, NewKey(q, o.console(false)))
		secret, line, found := strings.Cut(strings.TrimSpace(o.out.String()), "\n")
		require.True(t, found)
		require.True(t, strings.HasPrefix(secret, "arik_"))
		c := writtenDown(t, line)
		require.Len(t, c.Auth.Keys, 1)
		key := c.Auth.Keys[0]
		require.Equal(t, []any{q.Name, access.HashOf(secret), q.Scopes}, []any{key.Name, key.Hash, key.Scopes})
		require.ElementsMatch(t, q.Networks, texts(key.Networks))
		require.NotContains(t, o.err.String(), secret)
		require.Contains(t, o.err.String(), "auth.keys")
	}
}

func TestNewKeyForPrograms(t *testing.T) {
	o := newOperated(t)
	require.NoError(t, NewKey(KeyQuery{Name: "crm", Scopes: []string{"record"}}, o.console(true)))
	var doc struct {
		Name, Key, Hash, YAML string
		Scopes, Networks      []string
	}
	require.NoError(t, json.Unmarshal(o.out.Bytes(), &doc))
	require.Equal(t, access.HashOf(doc.Key), doc.Hash)
	require.Equal(t, doc.Hash, writtenDown(t, doc.YAML).Auth.Keys[0].Hash)
	require.NotNil(t, doc.Networks)
}

func TestNewKeyRefusesWhatTheConfigurationWould(t *testing.T) {
	o := newOperated(t)
	for says, q := range map[string]KeyQuery{
		"name: ":     {Name: "c r m", Scopes: []string{"record"}},
		"scopes: ":   {Name: "crm", Scopes: []string{"everything"}},
		"networks: ": {Name: "crm", Scopes: []string{"record"}, Networks: []string{"10.1.2.3/8"}},
	} {
		err := NewKey(q, o.console(false))
		var faults config.Errors
		require.ErrorAs(t, err, &faults)
		require.ErrorContains(t, err, says)
		require.Empty(t, o.out.String())
	}
}

func TestListKeysShowsNoHash(t *testing.T) {
	o := newOperated(t)
	require.NoError(t, ListKeys(config.Config{}, o.console(false)))
	require.Empty(t, o.out.String())
	require.Contains(t, o.err.String(), "keys new")
	hash := access.HashOf("x")
	c := writtenDown(t, `- {name: crm, hash: "`+hash+`", scopes: [record], networks: [10.0.0.0/8]}`)
	for _, asJSON := range []bool{false, true} {
		require.NoError(t, ListKeys(c, o.console(asJSON)))
		require.NotContains(t, o.out.String(), hash)
		for _, want := range []string{"crm", "record", "10.0.0.0/8"} {
			require.Contains(t, o.out.String(), want)
		}
	}
	require.NoError(t, ListKeys(config.Config{}, o.console(true)))
	require.JSONEq(t, `{"keys": []}`, o.out.String())
}
