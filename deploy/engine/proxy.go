package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// proxy is the one way out of the engine's network: an HTTP proxy for the package managers of image builds, as many a company has one.
type proxy struct {
	port   int
	server *http.Server
	ending context.Context
	end    context.CancelFunc
	served sync.WaitGroup
}

func startProxy(listen func(context.Context) (net.Listener, error)) (*proxy, error) {
	listener, err := listen(context.Background())
	if err != nil {
		return nil, err
	}
	p := &proxy{port: listener.Addr().(*net.TCPAddr).Port}
	p.ending, p.end = context.WithCancel(context.Background())
	forward := &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}} // the request names its host itself
	p.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			p.connect(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	})}
	p.served.Go(func() { _ = p.server.Serve(listener) }) // ends with close
	return p, nil
}

// connect joins a client to the host that it names, for what it says to it by TLS.
func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	p.served.Add(1)
	defer p.served.Done()
	var dialer net.Dialer
	there, err := dialer.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	closeThere := func() { _ = there.Close() } // a connection that is given up
	defer closeThere()
	defer context.AfterFunc(p.ending, closeThere)()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	closeHere := func() { _ = here.Close() }
	defer closeHere()
	defer context.AfterFunc(p.ending, closeHere)()
	var back sync.WaitGroup
	back.Go(func() { pipe(here, there) })
	pipe(there, buffered)
	back.Wait()
}

// pipe copies until the end and passes that on; a connection that breaks is for its ends to notice.
func pipe(to net.Conn, from io.Reader) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func (p *proxy) close() error {
	err := p.server.Close()
	p.end()
	p.served.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
