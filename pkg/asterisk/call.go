package asterisk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/CyCoreSystems/ari/v6/client/native"
)

// ari/v6's calls take no context, hide statuses and errors, and go through http.DefaultTransport. So each of our calls
// gets a library client whose URL is ari://<number>: the default transport hands requests of that scheme to us, and the
// number leads back to the call, with its context and its node. The library still builds and reads the messages.
const scheme = "ari"

var (
	schemeOnce sync.Once
	errScheme  error
	running    sync.Map // number as text → *call
	numbers    atomic.Uint64
)

// registerScheme does so once for the process: a second registration would panic.
func registerScheme() error {
	schemeOnce.Do(func() {
		transport, ok := http.DefaultTransport.(*http.Transport)
		if !ok {
			errScheme = errors.New("asterisk: http.DefaultTransport was replaced; the ARI library depends on it")
			return
		}
		transport.RegisterProtocol(scheme, dispatcher{})
	})
	return errScheme
}

// dispatcher is the http.RoundTripper of our scheme.
type dispatcher struct{}

// RoundTrip sends the library's request on behalf of the call that it belongs to.
func (dispatcher) RoundTrip(r *http.Request) (*http.Response, error) {
	found, ok := running.Load(r.URL.Host)
	if !ok {
		return nil, fmt.Errorf("no ARI call has the number %s", r.URL.Host)
	}
	c := found.(*call)
	r = r.Clone(c.ctx)
	r.URL = c.node.url(r.URL.EscapedPath(), r.URL.RawQuery)
	r.Host = r.URL.Host
	response, err := c.node.send(r, c.operation)
	c.err = err
	return response, err
}

// call is one use of the library.
type call struct {
	ctx       context.Context
	node      *node
	operation string
	err       error // kept here, for the library's wrapping does not always let errors.As through
}

// call runs work with a library client whose requests end with ctx, or after Timeouts.Call. Errors are of type *Error.
func (n *node) call(ctx context.Context, operation string, work func(*native.Client) error) error {
	return n.timed(ctx, operation, n.timeouts.Call, func(ctx context.Context) error {
		c := &call{ctx: ctx, node: n, operation: operation}
		number := strconv.FormatUint(numbers.Add(1), 10)
		running.Store(number, c)
		defer running.Delete(number)
		err := work(native.New(&native.Options{
			Application:     n.application,
			URL:             scheme + "://" + number,
			WebsocketURL:    scheme + "://" + number, // never dialled; empty ones are looked up in the environment
			WebsocketOrigin: scheme + "://" + number,
			Username:        n.options.Username,
			Password:        n.options.Password,
		}))
		if c.err != nil {
			return c.err
		}
		return err
	})
}

// get asks for what the library has no call for and decodes the answer into value; ctx bounds it together with limit.
func (n *node) get(ctx context.Context, operation string, limit time.Duration, path string, value any) error {
	return n.timed(ctx, operation, limit, func(ctx context.Context) error {
		return n.request(ctx, operation, http.MethodGet, path, nil, value)
	})
}

// request sends body as JSON, if there is one, and decodes the answer into value, if that is not nil.
func (n *node) request(ctx context.Context, operation, method, path string, body, value any) error {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, n.url(path, "").String(), &content)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := n.send(r, operation)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was read; closing can tell nothing more
	if value == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(value)
}

// timed bounds and measures one request, and makes an *Error of whatever went wrong.
func (n *node) timed(ctx context.Context, operation string, limit time.Duration, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	err := work(ctx)
	var answer *Error
	if err != nil && !errors.As(err, &answer) {
		err = &Error{Node: n.name, Operation: operation, Err: err}
	}
	n.observer.Called(n.name, operation, outcome(err), time.Since(began))
	return err
}

// maxAnswer bounds what is read of an answer: a list of 100,000 channels has about 60 MB.
const maxAnswer = 128 << 20

// send makes the request with the node's credentials. The answer is read to its end, so that the connection is free again
// before anybody looks at it; one that is no success, or none at all, is an *Error.
func (n *node) send(r *http.Request, operation string) (*http.Response, error) {
	r.SetBasicAuth(n.options.Username, n.options.Password)
	response, err := n.calls.RoundTrip(r)
	if err != nil {
		return nil, &Error{Node: n.name, Operation: operation, Err: err}
	}
	defer response.Body.Close() //nolint:errcheck // it was read; closing can tell nothing more
	content, err := io.ReadAll(http.MaxBytesReader(nil, response.Body, maxAnswer))
	if response.StatusCode/100 != 2 {
		return nil, &Error{Node: n.name, Operation: operation, Status: response.StatusCode, Message: words(content)}
	}
	if err != nil {
		return nil, &Error{Node: n.name, Operation: operation, Err: err}
	}
	if err := foreign(response.Header); err != nil && len(content) > 0 {
		return nil, &Error{Node: n.name, Operation: operation, Err: err}
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	return response, nil
}

var errForeign = errors.New("the answer is not Asterisk's")

// foreign tells the page of something that stands between Asterisk and us, which would pass for success: what was to be
// deleted would be taken for deleted, and the page for the audio.
func foreign(h http.Header) error {
	if kind := h.Get("Content-Type"); strings.HasPrefix(kind, "text/") {
		return fmt.Errorf("%w: %s", errForeign, kind)
	}
	return nil
}

// url appends an escaped path to ARI's root: a name with a slash stays one segment.
func (n *node) url(path, query string) *url.URL {
	u := *n.base
	u.RawPath = u.EscapedPath() + path
	u.Path = u.RawPath
	if plain, err := url.PathUnescape(u.RawPath); err == nil {
		u.Path = plain
	}
	u.RawQuery = query
	return &u
}
