//go:build !stack

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Asterisk speaks https and wss with a certificate of the company's own authority.
func TestAsteriskByTLS(t *testing.T) { onAsterisks(t, asteriskByTLS) }

func asteriskByTLS(t *testing.T, options lab.AsteriskOptions) {
	company := newAuthority(t)
	options.Certificate, options.CertificateKey = company.certify("asterisk.example")
	pbx := lab.NewAsterisk(t, options)
	trusted, stranger := pemFile(t, company), pemFile(t, newAuthority(t))
	foreign := strings.Replace(pbx.SecureURL, "127.0.0.1", "localhost", 1)

	s := &site{service: serve(t, beside(pbx, map[string]string{"ASTERISK_URL": pbx.SecureURL, "ASTERISK_CA_FILE": trusted})), pbx: pbx}
	s.ready()
	for what, refused := range map[string]struct{ url, ca, fault string }{
		"the system's authorities": {pbx.SecureURL, "", "asterisk.ca_file"},
		"another authority":        {pbx.SecureURL, stranger, "asterisk.ca_file"},
		"another name":             {foreign, trusted, "other names than the host in asterisk.url"},
		"no TLS at that port":      {strings.Replace(pbx.URL, "http:", "https:", 1), trusted, "no TLS at the port in asterisk.url"},
	} {
		t.Run(what, func(t *testing.T) { distrusts(t, pbx, refused.url, refused.ca, refused.fault) })
	}
	twentyAtOnce(s)
	c := s.call(lab.CallOptions{})
	id := s.record("410", "wss")
	s.speak(time.Second)
	require.Equal(t, id, s.stop("410"))
	s.hangUp(c)
	a, wav := s.hear("wss")
	require.Equal(t, id, a.id())
	s.holds(wav, c.Caller.Tone, c.Callee.Tone)
}

// distrusts insists that a service that cannot trust Asterisk says why, without addresses, and records nothing.
func distrusts(t *testing.T, pbx *lab.Asterisk, url, ca, fault string) {
	s := &site{service: serve(t, beside(pbx, map[string]string{"ASTERISK_URL": url, "ASTERISK_CA_FILE": ca})), pbx: pbx}
	s.reports(fault)
	require.NotContains(t, s.fetch("/health", nil).body, "localhost")
	require.Equal(t, http.StatusServiceUnavailable, s.fetch("/health/ready", nil).status)
	s.refused(s.ask("start", "extenOrUniqueId", "410", "tag", "untrusted"), http.StatusServiceUnavailable, "Asterisk")
	require.Empty(t, s.snoops())
	files, err := os.ReadDir(pbx.RecordingDir)
	require.NoError(t, err)
	require.Empty(t, files)
}

// reports waits until /health fails and says so.
func (s *site) reports(fault string) {
	s.t.Helper()
	var health answer
	require.Eventually(s.t, func() bool {
		health = s.fetch("/health", nil)
		return health.status == http.StatusServiceUnavailable && strings.Contains(health.body, fault)
	}, 10*time.Second, 20*time.Millisecond, "/health does not say %q", fault)
}

// pemFile writes an authority's certificate down.
func pemFile(t *testing.T, a *authority) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, a.PEM(), 0o644))
	return file
}
