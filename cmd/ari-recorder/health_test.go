package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// well waits until the service has listed the calls of its Asterisk.
func (s *site) well(url string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		code, _, _ := s.run("health", "--url", url, "--nagios")
		return code == 0
	}, patience, patience/100)
}

func TestHealthAsksTheService(t *testing.T) {
	s := newSite(t)
	url := s.serve()
	s.well(url)
	code, stdout, stderr := s.run("health", "--http-listen", strings.TrimPrefix(url, "http://"))
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "pass, version unknown\n")
	require.Contains(t, stdout, "database:responseTime")

	code, stdout, stderr = s.run("health", "--url", url, "--json")
	require.Zero(t, code, stderr)
	var doc struct{ Status string }
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	require.Equal(t, "pass", doc.Status)

	code, stdout, _ = s.run("health", "--url", url, "--nagios")
	require.Zero(t, code)
	require.Regexp(t, `^ARI-RECORDER OK - version unknown, 1 node, 0 recordings running, 0 waiting for the archive \|archive_backlog=0 asterisk_connectivity_default=`, stdout)
}

func TestHealthOfAServiceWithoutAsterisk(t *testing.T) {
	s := newSite(t)
	s.rewrite(s.pbx.URL, "http://127.0.0.1:1/ari")
	url := s.serve()
	code, stdout, stderr := s.run("health", "--url", url)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stdout, "fail, version")
	require.Regexp(t, `^ari-recorder: the service fails: asterisk:connectivity default: [^\n]+\n$`, stderr)
	code, stdout, stderr = s.run("health", "--url", url, "--nagios")
	require.Equal(t, 2, code)
	require.Regexp(t, `^ARI-RECORDER CRITICAL - asterisk:connectivity default: [^\n]+\n$`, stdout)
	require.Empty(t, stderr)
	code, stdout, stderr = s.run("health", "--url", url, "--live")
	require.Zero(t, code, stderr)
	require.Equal(t, "alive\n", stdout)
}

func TestHealthWithoutAService(t *testing.T) {
	s := newSite(t)
	code, stdout, stderr := s.run("health", "--http-listen", "127.0.0.1:1")
	require.Equal(t, exitFailed, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "the service at http://127.0.0.1:1 cannot be reached")
	code, stdout, _ = s.run("health", "--http-listen", "127.0.0.1:1", "--nagios")
	require.Equal(t, 2, code)
	require.Contains(t, stdout, "ARI-RECORDER CRITICAL - ")
}

func TestNagiosIsToldOfABadCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{"--nonsense"}, {"extra"}, {"--url", ""}, {"--url", "nowhere"}, {"--config", "/nowhere.yaml"}, {"--log-level", "x"}, {"--http-listen", "here"}, {"--json"},
	} {
		code, stdout, stderr := command(t, append([]string{"health", "--nagios"}, args...)...)
		require.Equal(t, 3, code, args)
		require.Regexp(t, `^ARI-RECORDER UNKNOWN - [^\n|]+\n$`, stdout, args)
		require.Empty(t, stderr, args)
	}
	code, _, _ := command(t, "serve", "--nagios")
	require.Equal(t, exitUsage, code)
}

// The certificate is for another name and has run out; the probe within the container must not mind.
func TestHealthOfAServiceWithTLS(t *testing.T) {
	s := newSite(t)
	s.certify("recorder.example", time.Now().Add(-time.Hour))
	url := s.serve()
	code, stdout, stderr := s.run("health", "--live", "--http-listen", strings.TrimPrefix(url, "http://"))
	require.Zero(t, code, stderr)
	require.Equal(t, "alive\n", stdout)
	code, _, stderr = s.run("health", "--live", "--url", strings.Replace(url, "http:", "https:", 1))
	require.Equal(t, exitFailed, code, "who names an address wants to know who answers there")
	require.Contains(t, stderr, "certificate")
}

// certify gives the site a certificate of its own making.
func (s *site) certify(name string, until time.Time) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(s.t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: until.Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	require.NoError(s.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(s.t, err)
	s.put("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	s.put("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	s.rewrite("http: {", "http: {tls: {cert_file: cert.pem, key_file: key.pem}, ")
}

// rewrite changes the site's configuration.
func (s *site) rewrite(was, is string) {
	s.t.Helper()
	configuration, err := os.ReadFile(filepath.Join(s.folder, "ari-recorder.yaml"))
	require.NoError(s.t, err)
	require.Contains(s.t, string(configuration), was)
	s.put("ari-recorder.yaml", []byte(strings.Replace(string(configuration), was, is, 1)))
}

func (s *site) put(name string, content []byte) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.folder, name), content, 0o600))
}
