package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// ARIWire stands between the service and Asterisk's ARI and knows what it carries: requests by what they ask for, answers,
// and events one by one.
type ARIWire struct {
	URL         string // of ARI, through the wire
	Application string // asterisk.application of the service
	*valve
	hooks

	target *url.URL
	ours   *regexp.Regexp // the name of a snoop or recording of the service's
	server *http.Server
	client *http.Client
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	pace   pace
}

// NewARIWire starts a wire to the ARI at target, such as http://127.0.0.1:8088/ari, for a service with this asterisk.application.
func NewARIWire(target, application string) (*ARIWire, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	v, err := newValve()
	if err != nil {
		return nil, err
	}
	w := &ARIWire{valve: v, Application: application, target: to, URL: "http://" + v.Addr().String() + to.Path}
	w.ours = regexp.MustCompile(`"` + regexp.QuoteMeta(application) + `-[0-9a-z]{26}`)
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}}
	w.server = &http.Server{Handler: http.HandlerFunc(w.serve)}
	w.tasks.Go(func() { _ = w.server.Serve(v) }) // it ends with Close
	return w, nil
}

// Close ends the wire and everything on it.
func (w *ARIWire) Close() error {
	w.On(nil)
	w.pace.slow(0)
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

// kinds are the requests of a recording's life, by method and path below ARI's root.
var kinds = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`^POST /channels/[^/]+/snoop/`), "snoop"},
	{regexp.MustCompile(`^POST /channels/[^/]+/variable$`), "set variable"},
	{regexp.MustCompile(`^GET /channels/[^/]+/variable$`), "get variable"},
	{regexp.MustCompile(`^POST /channels/[^/]+/record$`), "record"},
	{regexp.MustCompile(`^GET /channels/[^/]+$`), "look for channel"},
	{regexp.MustCompile(`^DELETE /channels/[^/]+$`), "hang up"},
	{regexp.MustCompile(`^POST /recordings/live/[^/]+/pause$`), "pause"},
	{regexp.MustCompile(`^DELETE /recordings/live/[^/]+/pause$`), "resume"},
	{regexp.MustCompile(`^GET /recordings/live/[^/]+$`), "look for live recording"},
	{regexp.MustCompile(`^GET /recordings/stored/[^/]+$`), "look for file"},
	{regexp.MustCompile(`^GET /recordings/stored/[^/]+/file$`), "fetch file"},
	{regexp.MustCompile(`^DELETE /recordings/stored/[^/]+$`), "delete file"},
	{regexp.MustCompile(`^GET /channels$`), "list channels"},
	{regexp.MustCompile(`^GET /bridges$`), "list bridges"},
}

func (w *ARIWire) kind(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.EscapedPath(), w.target.Path)
	for _, k := range kinds {
		if k.pattern.MatchString(r.Method + " " + path) {
			return k.what
		}
	}
	return r.Method + " " + path
}

func (w *ARIWire) serve(out http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		w.events(out, r)
		return
	}
	what := w.kind(r)
	body, err := io.ReadAll(r.Body)
	if err != nil || w.spoilt(out, r, Step{what, Asked}) {
		return
	}
	answer, content, err := w.ask(r, body)
	if err != nil {
		panic(http.ErrAbortHandler) // the connection breaks, as Asterisk's has
	}
	if w.spoilt(out, r, Step{what, Answered}) {
		return
	}
	for _, name := range []string{"Content-Type", "Content-Length"} {
		if value := answer.Header.Get(name); value != "" {
			out.Header().Set(name, value)
		}
	}
	out.WriteHeader(answer.StatusCode)
	if what == "fetch file" {
		half := len(content) / 2
		_, _ = out.Write(content[:half]) // who does not listen is not owed more
		_ = http.NewResponseController(out).Flush()
		content = content[half:]
		if w.spoilt(out, r, Step{what, Halfway}) {
			return
		}
	}
	_, _ = out.Write(content) // who does not listen is not owed more
}

// ask passes the request on. It does so even if the service has gone: what was asked may be carried out all the same.
func (w *ARIWire) ask(r *http.Request, body []byte) (*http.Response, []byte, error) {
	to := *w.target
	to.Path, to.RawPath, to.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
	request, err := http.NewRequestWithContext(w.ctx, r.Method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header = r.Header.Clone()
	answer, err := w.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	content, err := io.ReadAll(answer.Body)
	return answer, content, err
}

// spoilt carries out a fate other than to pass, and tells whether there was one.
func (w *ARIWire) spoilt(out http.ResponseWriter, r *http.Request, s Step) bool {
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
