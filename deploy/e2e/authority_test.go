package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// authority signs certificates, as a company's own does.
type authority struct {
	t   *testing.T
	key *ecdsa.PrivateKey
	own *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key = a.newKey()
	template := a.template("e2e authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	require.NoError(t, err)
	a.own, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	return key
}

func (a *authority) template(name string) *x509.Certificate {
	a.t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(a.t, err)
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

// PEM is the authority's own certificate.
func (a *authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.own.Raw})
}

// certify makes a certificate for the names and 127.0.0.1, with the authority's behind it, and the key of it, both as PEM.
func (a *authority) certify(names ...string) (certificate, key []byte) {
	a.t.Helper()
	private := a.newKey()
	template := a.template(names[0])
	template.DNSNames, template.IPAddresses = names, []net.IP{net.IPv4(127, 0, 0, 1)}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.own, private.Public(), a.key)
	require.NoError(a.t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(a.t, err)
	certificate = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), a.PEM()...)
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// settings are those of a service with a certificate for the names.
func (a *authority) settings(names ...string) map[string]string {
	a.t.Helper()
	folder := a.t.TempDir()
	certificate, key := a.certify(names...)
	files := map[string]string{"HTTP_TLS_CERT_FILE": filepath.Join(folder, "cert.pem"), "HTTP_TLS_KEY_FILE": filepath.Join(folder, "key.pem")}
	require.NoError(a.t, os.WriteFile(files["HTTP_TLS_CERT_FILE"], certificate, 0o644))
	require.NoError(a.t, os.WriteFile(files["HTTP_TLS_KEY_FILE"], key, 0o600))
	return files
}

// serving is the TLS of a test's own server.
func (a *authority) serving(names ...string) *tls.Config {
	a.t.Helper()
	pair, err := tls.X509KeyPair(a.certify(names...))
	require.NoError(a.t, err)
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}
