package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

func TestSeveralNodes(t *testing.T) {
	ca := certificate(t)
	c := load(t, fromFile(t, `
asterisk:
  application: crm
  nodes:
    - name: north
      url: https://north.example.org:8089/ari/
      username: crm
      password: 0815
      ca_file: `+ca+`
      spool_dir: /mnt/north
      extension_pattern: ^sip-([0-9]+)-
    - {name: North, url: "http://10.0.2.1:8088/pbx/ari", username: crm, password: "*x"}
`))
	require.Equal(t, config.Asterisk{Application: "crm", Nodes: []config.Node{
		{
			Name: "north", URL: "https://north.example.org:8089/ari", Username: "crm", Password: "0815",
			CAFile: ca, SpoolDir: "/mnt/north", ExtensionPattern: regexp.MustCompile(`^sip-([0-9]+)-`),
		},
		{Name: "North", URL: "http://10.0.2.1:8088/pbx/ari", Username: "crm", Password: "*x"},
	}}, c.Asterisk)
}

func TestListOfOneNodeOrNone(t *testing.T) {
	c := load(t, fromFile(t, `asterisk: {nodes: [{name: only, url: "http://10.0.0.1:8088/ari"}]}`))
	require.Equal(t, []config.Node{{Name: "only", URL: "http://10.0.0.1:8088/ari"}}, c.Asterisk.Nodes)
	c = load(t, fromFile(t, `asterisk: {nodes: [], spool_dir: /mnt/pbx}`))
	require.Equal(t, []config.Node{{Name: "default", URL: "http://127.0.0.1:8088/ari", SpoolDir: "/mnt/pbx"}}, c.Asterisk.Nodes)
}

func TestFaultyNodes(t *testing.T) {
	tests := map[string]struct {
		yaml string
		want []string
	}{
		"beside the single node": {
			"asterisk:\n  url: http://10.0.0.9:8088/ari\n  username: crm\n  nodes:\n  - {name: a, url: 'http://10.0.0.1/ari'}\n",
			[]string{
				"asterisk.url: cannot be used together with asterisk.nodes; move it into the list (2)",
				"asterisk.username: cannot be used together with asterisk.nodes; move it into the list (3)",
			},
		},
		"not a list":      {"asterisk: {nodes: {name: a}}\n", []string{"asterisk.nodes: must be a list (1)"}},
		"not of mappings": {"asterisk: {nodes: [a]}\n", []string{"asterisk.nodes.0: must hold name, url, "}},
		"unknown key": {
			"asterisk:\n  nodes:\n  - name: a\n    url: http://10.0.0.1/ari\n    usrname: x\n",
			[]string{"asterisk.nodes.0.usrname: unknown key; did you mean username? (5)"},
		},
		"written twice": {
			"asterisk:\n  nodes:\n  - {name: a, url: 'http://10.0.0.1/ari'}\n  - name: b\n    name: c\n    url: http://10.0.0.2/ari\n",
			[]string{"asterisk.nodes.1.name: is written twice; remove one (5)"},
		},
		"nothing in it": {
			"asterisk:\n  nodes:\n  - {}\n",
			[]string{"asterisk.nodes.0: the node needs a name (3)", "asterisk.nodes.0: the node needs a url (3)"},
		},
		"names and addresses twice": {
			"asterisk:\n  nodes:\n  - {name: a, url: 'http://PBX/ari'}\n  - {name: a, url: 'http://pbx/ari/'}\n",
			[]string{`asterisk.nodes.1.name: "a" is the name of two nodes (4)`, "asterisk.nodes.1.url: is the address of two nodes (4)"},
		},
		"every field is checked": {
			"asterisk:\n  nodes:\n  - name: a/b\n    url: http://pbx\n    password: hunter2\n    extension_pattern: '('\n    ca_file: /missing.pem\n",
			[]string{
				`asterisk.nodes.0.name: "a/b" must be`,
				`asterisk.nodes.0.url: "http://pbx" has no path`,
				"asterisk.nodes.0.extension_pattern: error parsing regexp",
				"asterisk.nodes.0.username: is missing for the password (3)",
				"asterisk.nodes.0.ca_file: has no effect unless the url begins with https:// (7)",
				"asterisk.nodes.0.ca_file: cannot be read: open /missing.pem: no such file or directory (7)",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := fromFile(t, test.yaml)
			lines := strings.Split(strings.ReplaceAll(faults(t, opts).Error(), opts.File+":", ""), "\n")
			if name == "not of mappings" { // what follows from it is said as well
				lines = lines[:1]
			}
			require.Len(t, lines, len(test.want), "%q", lines)
			for i, want := range test.want {
				require.Contains(t, lines[i], want)
			}
			require.NotContains(t, strings.Join(lines, "\n"), "hunter2")
		})
	}
}

func TestFaultySingleNode(t *testing.T) {
	noPEM := write(t, "ca.pem", "hello")
	tests := map[string]struct {
		environ []string
		want    string
	}{
		"url with a password": {[]string{"URL=http://crm:hunter2@pbx:8088/ari"}, "asterisk.url: must not hold a user name or password"},
		"websocket url":       {[]string{"URL=ws://pbx:8088/ari"}, "asterisk.url: must begin with http:// or https://"},
		"password only":       {[]string{"PASSWORD=hunter2"}, "asterisk.username: is missing for the password"},
		"username only":       {[]string{"USERNAME=crm"}, `asterisk.password: is missing for the user "crm"`},
		"pattern":             {[]string{"EXTENSION_PATTERN=99(["}, "asterisk.extension_pattern: error parsing regexp"},
		"pattern of no group": {[]string{"EXTENSION_PATTERN=^99(?:[0-9]+)$"}, "has no group"},
		"certificates":        {[]string{"URL=https://pbx/ari", "CA_FILE=" + noPEM}, "holds no certificate in PEM form"},
		"needless ones":       {[]string{"CA_FILE=" + certificate(t)}, "asterisk.ca_file: has no effect unless the url begins with https://"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := options()
			for _, entry := range test.environ {
				opts.Environ = append(opts.Environ, "ARI_RECORDER_ASTERISK_"+entry)
			}
			all := faults(t, opts)
			require.Len(t, all, 1, "%v", all)
			require.Contains(t, all.Error(), test.want)
			require.NotContains(t, all.Error(), "hunter2")
		})
	}
}
