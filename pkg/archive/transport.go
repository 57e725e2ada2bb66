package archive

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// The bounds of one conversation with an S3 server.
const (
	attempts  = 3                // of each request, with pauses between them; who asked tries again later
	dialBound = 10 * time.Second // until the server has taken a connection
	stall     = time.Minute      // how long not a byte may go one way or the other
)

// newTransport makes connections that cannot hang: a server that neither takes nor sends anything for a while loses them.
// How long a whole upload takes is nobody's business here; who began it has its own bound.
func newTransport(caFile string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dial, TLSHandshakeTimeout: dialBound, ResponseHeaderTimeout: stall,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: stall, DisableCompression: true,
	}
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("storage.ca_file: %w", err)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("storage.ca_file: %s holds no certificate", caFile)
	}
	return t, nil
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialBound}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return restlessConn{conn}, nil
}

// restlessConn gives up when nothing moves.
type restlessConn struct{ net.Conn }

func (c restlessConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c restlessConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
