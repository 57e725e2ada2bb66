package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// proxy is the one way out of the engine's network, for the package managers of image builds: an HTTP proxy as many a company has one, and the
// modules that the machine's own Go has fetched.
type proxy struct {
	port   int
	server *http.Server
	served sync.WaitGroup
}

// modulesPath is where the proxy itself serves Go modules.
const modulesPath = "/modules/"

func startProxy(ctx context.Context, listen func(context.Context) (net.Listener, error)) (*proxy, error) {
	cache, err := exec.CommandContext(ctx, "go", "env", "GOMODCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("find Go's module cache: %w", err)
	}
	listener, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	p := &proxy{port: listener.Addr().(*net.TCPAddr).Port}
	modules := http.StripPrefix(modulesPath, http.FileServer(http.Dir(filepath.Join(strings.TrimSpace(string(cache)), "cache", "download"))))
	forward := &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}} // the request names its host itself
	p.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == p.address() && strings.HasPrefix(r.URL.Path, modulesPath) {
			modules.ServeHTTP(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	})}
	p.served.Go(func() { _ = p.server.Serve(listener) }) // ends with close
	return p, nil
}

// address is how containers reach it.
func (p *proxy) address() string { return fmt.Sprintf("%s:%d", bridgeAddress, p.port) }

// buildArgs lead the steps of a build to it.
func (p *proxy) buildArgs() []string {
	return []string{"--build-arg", "HTTP_PROXY=http://" + p.address(), "--build-arg", "GOPROXY=http://" + p.address() + modulesPath}
}

func (p *proxy) close() error {
	err := p.server.Close()
	p.served.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
