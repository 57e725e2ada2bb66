package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
)

// pair writes a certificate and its key.
func pair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certDER, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certDER}))),
		write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
}

func tlsOptions(cert, key string) config.Options {
	return options("ARI_RECORDER_HTTP_TLS_CERT_FILE="+cert, "ARI_RECORDER_HTTP_TLS_KEY_FILE="+key)
}

func TestCertificateAndKey(t *testing.T) {
	cert, key := pair(t)
	require.Equal(t, config.TLS{CertFile: cert, KeyFile: key}, load(t, tlsOptions(cert, key)).HTTP.TLS)
}

func TestFaultyCertificates(t *testing.T) {
	cert, key := pair(t)
	otherCert, otherKey := pair(t)
	missing := filepath.Join(t.TempDir(), "missing.pem")
	secret := write(t, "bad.pem", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n")
	const certKey, keyKey = "http.tls.cert_file", "http.tls.key_file"
	tests := map[string]struct {
		cert, key string
		want      map[string]string
	}{
		"no key":           {cert, "", map[string]string{certKey: "needs http.tls.key_file beside it"}},
		"no certificate":   {"", key, map[string]string{keyKey: "needs http.tls.cert_file beside it"}},
		"missing":          {missing, missing, map[string]string{certKey: "no such file", keyKey: "no such file"}},
		"key is missing":   {cert, missing, map[string]string{keyKey: "no such file"}},
		"a folder":         {t.TempDir(), key, map[string]string{certKey: "is a directory"}},
		"endless":          {cert, "/dev/zero", map[string]string{keyKey: "is larger than 4096 KiB"}},
		"not a pair":       {cert, otherKey, map[string]string{certKey: "makes no pair with http.tls.key_file"}},
		"not a pair, too":  {otherCert, key, map[string]string{certKey: "private key does not match public key"}},
		"swapped":          {key, cert, map[string]string{certKey: "makes no pair"}},
		"no PEM":           {write(t, "x", "x"), key, map[string]string{certKey: "makes no pair"}},
		"a malformed key":  {cert, secret, map[string]string{certKey: "makes no pair"}},
		"malformed, twice": {secret, secret, map[string]string{certKey: "makes no pair"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			all := faults(t, tlsOptions(test.cert, test.key))
			require.Len(t, all, len(test.want), "%v", all)
			for _, fault := range all {
				require.Contains(t, fault.Text, test.want[fault.Key])
				require.NotContains(t, fault.Text, "hunter2")
			}
		})
	}
}
