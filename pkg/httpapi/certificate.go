package httpapi

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateLook is how often, at most, handshakes look whether the certificate's files have changed.
const certificateLook = time.Second

// Certificate is the server's certificate and key, read again when their files change. It is safe for concurrent use.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	looked time.Time
	seen   [2]os.FileInfo // of the files when they were read last, in vain or not
}

// NewCertificate reads a certificate, the server's own first, and its key, both PEM. The error tells which file cannot be
// read, or that the two do not belong together.
func NewCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	var err error
	if c.seen, err = c.stat(); err != nil {
		return nil, err
	}
	if c.pair, err = c.read(); err != nil {
		return nil, err
	}
	c.looked = time.Now()
	return c, nil
}

// get is tls.Config's GetCertificate.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= certificateLook {
		c.looked = now
		c.renew()
	}
	return c.pair, nil
}

// renew reads the files if they have changed. A pair that is broken, or not yet complete, is told once and the old one kept.
func (c *Certificate) renew() {
	seen, err := c.stat()
	if err == nil && same(seen, c.seen) || err != nil && c.seen == seen {
		return
	}
	c.seen = seen
	var pair *tls.Certificate
	if err == nil {
		pair, err = c.read()
	}
	if err != nil {
		c.log.Error("http.tls: the new certificate cannot be used; the old one stays", "error", err)
		return
	}
	c.pair = pair
	c.log.Info("http.tls: certificate read again", "until", pair.Leaf.NotAfter)
}

func (c *Certificate) read() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls: %w", err)
	}
	return &pair, nil
}

// stat looks at both files, through links: what renews certificates often turns a link around.
func (c *Certificate) stat() (seen [2]os.FileInfo, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return [2]os.FileInfo{}, fmt.Errorf("http.tls: %w", err)
		}
		seen[i] = info
	}
	return seen, nil
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if a[i] == nil || b[i] == nil || !os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size() {
			return false
		}
	}
	return true
}
