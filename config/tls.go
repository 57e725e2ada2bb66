package config

import (
	"crypto/tls"
	"fmt"
)

// tls reads the certificate's files once: a service that could not answer one request must not start.
func (l *layers) tls() TLS {
	const certKey, keyKey = "http.tls.cert_file", "http.tls.key_file"
	t := TLS{CertFile: l.text(certKey), KeyFile: l.text(keyKey)}
	switch {
	case t == TLS{}:
	case t.KeyFile == "":
		l.fault(certKey, "needs "+keyKey+" beside it")
	case t.CertFile == "":
		l.fault(keyKey, "needs "+certKey+" beside it")
	default:
		l.checkPair(certKey, keyKey, t)
	}
	return t
}

func (l *layers) checkPair(certKey, keyKey string, t TLS) {
	cert, certErr := readLimited(t.CertFile, maxCAFile)
	if certErr != nil {
		l.fault(certKey, certErr.Error())
	}
	key, keyErr := readLimited(t.KeyFile, maxCAFile)
	if keyErr != nil {
		l.fault(keyKey, keyErr.Error())
	}
	if certErr != nil || keyErr != nil {
		return
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		l.fault(certKey, fmt.Sprintf("makes no pair with %s: %v", keyKey, err)) // the error holds nothing of the files
	}
}
