package doctor_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/doctor"
)

// certificate makes a self-signed certificate for a host, valid from now on for as long as said (a past end makes it an
// old one). It returns it as PEM files and ready for a server.
func certificate(t *testing.T, host string, until time.Time) (certFile, keyFile string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: until.Add(-365 * 24 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	certText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyText := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	require.NoError(t, os.WriteFile(certFile, certText, 0o600))
	require.NoError(t, os.WriteFile(keyFile, keyText, 0o600))
	pair, err = tls.X509KeyPair(certText, keyText)
	require.NoError(t, err)
	return certFile, keyFile, pair
}

// between puts a proxy before an Asterisk, on TLS if there is a certificate, and returns ARI's URL there.
func between(t *testing.T, pbx *lab.Asterisk, pair *tls.Certificate, change func(*httputil.ReverseProxy)) string {
	t.Helper()
	target, err := url.Parse(strings.TrimSuffix(pbx.URL, "/ari"))
	require.NoError(t, err)
	transport := &http.Transport{}
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	if change != nil {
		change(proxy)
	}
	server := httptest.NewUnstartedServer(proxy)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail as they are to
	if pair != nil {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{*pair}, MinVersion: tls.VersionTLS12}
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	return server.URL + "/ari"
}

// What stands between us and a healthy Asterisk.
func TestBetweenUsAndAsterisk(t *testing.T) {
	pbx := lab.NewAsterisk(t, lab.AsteriskOptions{})
	now := time.Now()
	ca, _, good := certificate(t, "127.0.0.1", now.Add(100*24*time.Hour))
	soonCA, _, soon := certificate(t, "127.0.0.1", now.Add(10*24*time.Hour))
	oldCA, _, old := certificate(t, "127.0.0.1", now.Add(-time.Hour))
	otherCA, _, other := certificate(t, "asterisk.example.org", now.Add(100*24*time.Hour))
	at := func(u string, more ...string) settings { return on(pbx).with("ASTERISK_URL", u).with(more...) }

	r := examine(t, at(between(t, pbx, &good, nil), "ASTERISK_CA_FILE", ca))
	r.only()
	r.says("asterisk:certificate", doctor.OK, "valid until", "")
	r.says("asterisk:sessions", doctor.OK, "38", "")
	examine(t, at(between(t, pbx, &good, nil))).says("asterisk:connectivity", doctor.Fault, "authority that is not trusted", "set asterisk.ca_file")
	r = examine(t, at(between(t, pbx, &soon, nil), "ASTERISK_CA_FILE", soonCA))
	r.says("asterisk:certificate", doctor.Warning, "runs out on", "tlscertfile")
	r.says("asterisk:recording", doctor.OK, "recorded as wav", "")
	examine(t, at(between(t, pbx, &old, nil), "ASTERISK_CA_FILE", oldCA)).says("asterisk:connectivity", doctor.Fault, "not valid today", "renew")
	examine(t, at(between(t, pbx, &other, nil), "ASTERISK_CA_FILE", otherCA)).says("asterisk:connectivity", doctor.Fault, "for other names", "write one of its names into asterisk.url")

	slow := between(t, pbx, nil, func(p *httputil.ReverseProxy) {
		p.ModifyResponse = func(r *http.Response) error {
			r.Header.Set("Date", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
			return nil
		}
	})
	examine(t, at(slow)).says("asterisk:clock", doctor.Warning, "behind this machine's", "timedatectl")
	deaf := between(t, pbx, nil, func(p *httputil.ReverseProxy) {
		forward := p.Rewrite
		p.Rewrite = func(r *httputil.ProxyRequest) {
			forward(r)
			r.Out.Header.Del("Upgrade")
		}
	})
	examine(t, at(deaf)).says("asterisk:events", doctor.Fault, "no websocket for events can be opened", "pass websockets")
	interrupted(t, pbx, at)
	clean(t, pbx)
}

// interrupted ends a doctor while Asterisk records its trial.
func interrupted(t *testing.T, pbx *lab.Asterisk, at func(string, ...string) settings) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	began := false
	busy := between(t, pbx, nil, func(p *httputil.ReverseProxy) {
		p.ModifyResponse = func(r *http.Response) error {
			if r.Request.Method == http.MethodPost && strings.HasSuffix(r.Request.URL.Path, "/record") {
				began = r.StatusCode == http.StatusCreated
				cancel()
			}
			return nil
		}
	})
	examineAt(t, ctx, at(busy), doctor.Options{})
	require.True(t, began)
}
