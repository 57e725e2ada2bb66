package httpapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
)

// issue writes a certificate of that name, signed by itself, and its key.
func issue(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	return certFile, keyFile
}

// overTLS is a server that speaks TLS, and a client that believes it whatever it shows.
func overTLS(t *testing.T, certificate *Certificate, o Options, routes func(*site)) *site {
	t.Helper()
	o.Certificate = certificate
	s := serve(t, o)
	if routes != nil {
		routes(s)
	}
	s.open()
	s.url = "https://" + strings.TrimPrefix(s.url, "http://")
	s.client.Transport = &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true,
	}
	return s
}

func TestTheServerSpeaksTLSAndHTTP2(t *testing.T) {
	cert, key := issue(t, t.TempDir(), "recorder.example")
	c, err := NewCertificate(cert, key, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	file := fileOf(t, 1<<20)
	s := overTLS(t, c, Options{}, func(s *site) {
		s.Handle(http.MethodGet, "/audio", func(c echo.Context) error {
			http.ServeContent(c.Response().Writer, c.Request(), "audio.wav", time.Time{}, file)
			return nil
		})
	})
	r := s.get("/audio")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, 2, r.ProtoMajor)
	require.Len(t, r.body, 1<<20)

	address := strings.TrimPrefix(s.url, "https://")
	_, err = tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	require.ErrorContains(t, err, "protocol version")
	s.client.Transport.(*http.Transport).CloseIdleConnections()
	s.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	r = s.get("/audio")
	require.Equal(t, 1, r.ProtoMajor)
	require.Len(t, r.body, 1<<20)
}

// shown is the name in the certificate that a handshake gets, as of the time given.
func (c *Certificate) shown(t *testing.T) string {
	t.Helper()
	c.mu.Lock()
	c.looked = time.Time{} // the second is over
	c.mu.Unlock()
	pair, err := c.get(nil)
	require.NoError(t, err)
	return pair.Leaf.Subject.CommonName
}

func TestTheCertificateIsReadAgainWhenItsFilesChange(t *testing.T) {
	dir, log := t.TempDir(), &lines{}
	cert, key := issue(t, dir, "first")
	c, err := NewCertificate(cert, key, slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, err)
	require.Equal(t, "first", c.shown(t))
	issue(t, dir, "second")
	pair, err := c.get(nil)
	require.NoError(t, err)
	require.Equal(t, "first", pair.Leaf.Subject.CommonName, "not looked at twice a second")
	require.Equal(t, "second", c.shown(t))

	half, _ := issue(t, t.TempDir(), "third")
	require.NoError(t, os.Rename(half, cert))
	for range 3 {
		require.Equal(t, "second", c.shown(t), "the key of the third is not there yet")
	}
	require.NoError(t, os.Remove(key))
	for range 3 {
		require.Equal(t, "second", c.shown(t))
	}
	require.Equal(t, 2, strings.Count(log.String(), "the old one stays"), log.String())
	issue(t, dir, "fourth")
	require.Equal(t, "fourth", c.shown(t))
	require.Equal(t, 2, strings.Count(log.String(), "certificate read again"))
	require.NotContains(t, log.String(), "PRIVATE KEY")
}

func TestABrokenPairIsNoCertificate(t *testing.T) {
	cert, key := issue(t, t.TempDir(), "first")
	_, other := issue(t, t.TempDir(), "second")
	for _, pair := range [][2]string{{cert, other}, {cert, cert}, {cert, "/nowhere/key.pem"}, {"/nowhere/cert.pem", key}} {
		_, err := NewCertificate(pair[0], pair[1], slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "http.tls")
	}
}

func TestAHandshakeThatNeverEndsIsCut(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for headerBound")
	}
	cert, key := issue(t, t.TempDir(), "recorder.example")
	c, err := NewCertificate(cert, key, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s := overTLS(t, c, Options{}, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "https://"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(2*headerBound)))
	_, err = conn.Read(make([]byte, 1))
	require.ErrorContains(t, err, "EOF")
	require.NoError(t, conn.Close())
}

func certificateOf(t *testing.T, name string) *Certificate {
	t.Helper()
	cert, key := issue(t, t.TempDir(), name)
	c, err := NewCertificate(cert, key, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return c
}
