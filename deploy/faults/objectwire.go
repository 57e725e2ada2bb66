package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
)

// ObjectWire stands between the service and an S3 server and knows its requests, such as "PUT object".
type ObjectWire struct {
	URL string // of the server, through the wire
	*valve
	hooks

	target string // host:port
	server *http.Server
	client *http.Client
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// NewObjectWire starts a wire to the server at the target, such as 127.0.0.1:9000.
func NewObjectWire(target string) (*ObjectWire, error) {
	v, err := newValve()
	if err != nil {
		return nil, err
	}
	w := &ObjectWire{valve: v, target: target, URL: "http://" + v.Addr().String()}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}}
	w.server = &http.Server{Handler: http.HandlerFunc(w.serve)}
	w.tasks.Go(func() { _ = w.server.Serve(v) }) // it ends with Close
	return w, nil
}

// Close ends the wire and everything on it.
func (w *ObjectWire) Close() error {
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

// request names what is asked: of an object, its parts, or the bucket.
func request(r *http.Request) string {
	query := r.URL.Query()
	switch _, object, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case !below || object == "":
		return r.Method + " bucket"
	case query.Has("uploadId") || query.Has("uploads"):
		return r.Method + " part"
	default:
		return r.Method + " object"
	}
}

func (w *ObjectWire) serve(out http.ResponseWriter, r *http.Request) {
	what := request(r)
	body, err := io.ReadAll(r.Body)
	if err != nil || w.spoilt(out, r, Step{what, Asked}) {
		return
	}
	answer, content, err := w.ask(r, body)
	if err != nil {
		panic(http.ErrAbortHandler) // the connection breaks, as the server's has
	}
	if w.spoilt(out, r, Step{what, Answered}) {
		return
	}
	maps.Copy(out.Header(), answer.Header)
	out.WriteHeader(answer.StatusCode)
	_, _ = out.Write(content) // who does not listen is not owed more
}

// ask passes the request on under the name that it was signed for. It does so even if the service has gone: what was asked may be carried out
// all the same.
func (w *ObjectWire) ask(r *http.Request, body []byte) (*http.Response, []byte, error) {
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
func (w *ObjectWire) spoilt(out http.ResponseWriter, r *http.Request, s Step) bool {
	switch fate := w.decide(s); fate.Kind {
	case Lose:
		select {
		case <-r.Context().Done():
		case <-w.ctx.Done():
		}
		panic(http.ErrAbortHandler) // no answer, not even an empty one
	case Instead:
		out.WriteHeader(fate.Status)
		_, _ = io.WriteString(out, fate.Body) // who does not listen is not owed more
		return true
	default:
		return false
	}
}
