package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// wire stands between the service and a server that speaks HTTP. Who embeds it says what its requests are called.
type wire struct {
	*valve
	hooks

	target string // host:port
	server *http.Server
	client *http.Client
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// open listens, and lets the handler carry each request.
func (w *wire) open(target string, handler http.HandlerFunc) (err error) {
	if w.valve, err = newValve(); err != nil {
		return err
	}
	w.target = target
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}}
	w.server = &http.Server{Handler: handler}
	w.tasks.Go(func() { _ = w.server.Serve(w.valve) }) // it ends with Close
	return nil
}

// url is the wire's end at the service, without a path.
func (w *wire) url() string { return "http://" + w.Addr().String() }

// Close ends the wire and everything on it.
func (w *wire) Close() error {
	w.On(nil)
	w.cancel()
	w.shut()
	err := w.server.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // the valve has closed it
	}
	w.tasks.Wait()
	w.client.CloseIdleConnections()
	return err
}

// carry lets a request pass unless something is to become of it, and returns the answer; nil if there is none to be passed on.
func (w *wire) carry(out http.ResponseWriter, r *http.Request, what string) (answer *http.Response, content []byte) {
	body, err := io.ReadAll(r.Body)
	if err != nil || w.spoilt(out, r, Step{what, Asked}) {
		return nil, nil
	}
	answer, content, err = w.ask(r, body)
	if err != nil {
		panic(http.ErrAbortHandler) // the connection breaks, as the server's has
	}
	if w.spoilt(out, r, Step{what, Answered}) {
		return nil, nil
	}
	return answer, content
}

// ask passes the request on under the name of the server that it was meant for, which may be signed. It does so even if the service has gone: what
// was asked may be carried out all the same.
func (w *wire) ask(r *http.Request, body []byte) (*http.Response, []byte, error) {
	to := *r.URL
	to.Scheme, to.Host = "http", w.target
	passed, err := http.NewRequestWithContext(w.ctx, r.Method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	passed.Header, passed.Host = r.Header.Clone(), r.Host
	answer, err := w.client.Do(passed)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	content, err := io.ReadAll(answer.Body)
	return answer, content, err
}

// spoilt carries out a fate other than to pass, and tells whether there was one.
func (w *wire) spoilt(out http.ResponseWriter, r *http.Request, s Step) bool {
	fate := w.decide(s)
	switch fate.Kind {
	case Lose:
		select {
		case <-r.Context().Done():
		case <-w.ctx.Done():
		}
		panic(http.ErrAbortHandler) // no answer, not even an empty one
	case Instead:
		out.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(fate.Body, "<") {
			out.Header().Set("Content-Type", "text/html")
		}
		out.WriteHeader(fate.Status)
		_, _ = io.WriteString(out, fate.Body) // who does not listen is not owed more
		return true
	default:
		return false
	}
}
