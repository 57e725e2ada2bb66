package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"ari-recorder/config"
)

func TestSecretIsNeverShown(t *testing.T) {
	const secret = config.Secret("hunter2")
	box := struct {
		Secret config.Secret
		Nodes  []config.Node
		Map    map[string]config.Secret
	}{secret, []config.Node{{Password: secret}}, map[string]config.Secret{"a": secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s"} {
		require.Equal(t, "[redacted]", fmt.Sprintf(verb, secret), verb)
		require.NotContains(t, fmt.Sprintf(verb, box), "hunter2", verb)
	}
	require.NotContains(t, fmt.Sprint(fmt.Errorf("wrapped: %w", fmt.Errorf("%v", box))), "hunter2")

	marshalled, err := json.Marshal(box)
	require.NoError(t, err)
	require.Contains(t, string(marshalled), `"Secret":"[redacted]"`)
	require.NotContains(t, string(marshalled), "hunter2")

	marshalled, err = yaml.Marshal(box.Nodes[0].Password)
	require.NoError(t, err)
	require.Equal(t, "'[redacted]'\n", string(marshalled))
	require.Equal(t, "hunter2", secret.Reveal())
	require.Empty(t, config.Secret("").String())
}

func TestConfigIsPrintedWithoutSecrets(t *testing.T) {
	keys := "auth:\n  keys:\n  - {name: crm, hash: '" + hash("a") + "', scopes: [record, retrieve]}\n  - {name: ops, hash: '" + hash("b") + "', scopes: [admin]}\n"
	users := "access: {users: [{username: ann, tags: [order-*]}, {username: '*'}]}\n"
	opts := fromFile(t, keys+users+"instance: pbx2\nasterisk: {username: crm, password: hunter2, extension_pattern: '^99(.+)$'}\nlegacy: {networks: [10.0.0.0/8, 172.16.0.0/12]}\n",
		"ARI_RECORDER_DATABASE_URL=mysql://crm:hunter3%40@db/recorder?tls=true")
	c := load(t, opts)

	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("starting", "config", c, "password", c.Asterisk.Nodes[0].Password)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("starting", "config", c, "database", c.Database, "nodes", c.Asterisk.Nodes)
	marshalled, err := json.Marshal(c)
	require.NoError(t, err)
	all := strings.Join([]string{c.String(), fmt.Sprintf("%v %+v %#v", c, c, c), logged.String(), string(marshalled)}, "\n")
	require.NotContains(t, all, "hunter")
	require.NotContains(t, c.String()+logged.String(), hash("a"), "nobody needs it there")

	require.Contains(t, c.String(), "auth.required=true\nauth.keys=crm(record retrieve),ops(admin)\naccess.users=ann,*\nlimits.per_key=1000/2000\n")
	require.Contains(t, c.String(), "database.url=mysql://crm:[redacted]@db:3306/recorder?tls=true\n")
	require.Contains(t, c.String(), "asterisk.nodes.default.password=[redacted]\n")
	require.Contains(t, c.String(), "asterisk.nodes.default.extension_pattern=^99(.+)$\n")
	require.Contains(t, c.String(), "legacy.networks=10.0.0.0/8,172.16.0.0/12\n")
	require.Contains(t, c.String(), "recording.undelete_window=30d\n")
	require.Contains(t, logged.String(), "password=[redacted]")
	require.Contains(t, logged.String(), "config.instance=pbx2")
	require.Contains(t, logged.String(), `"instance":"pbx2"`)
}

// Every key is shown, under its own name.
func TestEveryKeyIsPrinted(t *testing.T) {
	text := "\n" + load(t, options()).String()
	for _, key := range config.Keys() {
		if key.Name == "asterisk.nodes" {
			continue // shown node by node
		}
		name := key.Name
		if section, field, _ := strings.Cut(name, "."); section == "asterisk" && field != "application" {
			name = "asterisk.nodes.default." + field
		}
		require.Contains(t, text, "\n"+name+"=")
	}
}
