package asterisk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v6"

	"ari-recorder/pkg/channels"
)

// Examiner asks one node what a Switch takes for granted. It works beside a running Switch of the same names: its ARI
// application is one that no instance can have, and what it makes in Asterisk has names that no recording can have.
type Examiner struct{ node *node }

// examining ends the Examiner's ARI application. No instance's name holds a tilde.
const examining = "~doctor"

// NewExaminer prepares the questions; nothing is asked yet. Close must be called.
func NewExaminer(o NodeOptions, application string) (*Examiner, error) {
	if err := registerScheme(); err != nil {
		return nil, err
	}
	n, err := newNode(Options{
		Application: application, Observer: nobody{}, Log: slog.New(slog.DiscardHandler), Timeouts: Timeouts{}.withDefaults(),
	}, o)
	if err != nil {
		return nil, err
	}
	n.application = application + examining
	return &Examiner{n}, nil
}

// Close ends all connections.
func (e *Examiner) Close() {
	e.node.calls.CloseIdleConnections()
	e.node.streams.CloseIdleConnections()
}

// Greeting is how the address answers when it is asked what it is.
type Greeting struct {
	Status  int
	Server  string        // what it calls itself; may be empty
	ARI     bool          // the answer is one of ARI's: JSON, also where it refuses
	Version string        // Asterisk's, if the credentials are good
	Clock   time.Time     // by its own clock, in whole seconds; zero if it does not tell
	Expires time.Time     // of its certificate or of one above it, whichever is first; zero without TLS
	Took    time.Duration // the whole exchange
}

// Greet asks for Asterisk's own information. Only no answer at all is an error, a refusal is none.
func (e *Examiner) Greet(ctx context.Context) (g Greeting, err error) {
	n := e.node
	err = n.timed(ctx, opInfo, n.timeouts.List, func(ctx context.Context) error {
		g, err = e.greet(ctx)
		return err
	})
	return g, err
}

func (e *Examiner) greet(ctx context.Context) (Greeting, error) {
	n := e.node
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url("/asterisk/info", "").String(), nil)
	if err != nil {
		return Greeting{}, err
	}
	r.SetBasicAuth(n.options.Username, n.options.Password)
	began := time.Now()
	response, err := n.calls.RoundTrip(r)
	if err != nil {
		return Greeting{}, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return Greeting{}, err
	}
	g := Greeting{Status: response.StatusCode, Server: response.Header.Get("Server"), Took: time.Since(began)}
	g.Clock, _ = http.ParseTime(response.Header.Get("Date")) // zero without one
	g.ARI, g.Version = understood(response.Header, body)
	if state := response.TLS; state != nil {
		for _, certificate := range state.PeerCertificates {
			if g.Expires.IsZero() || certificate.NotAfter.Before(g.Expires) {
				g.Expires = certificate.NotAfter
			}
		}
	}
	return g, nil
}

// understood tells whether an answer to the question for information is ARI's, and what version it names.
func understood(header http.Header, body []byte) (ours bool, version string) {
	var said struct {
		Message, Error string
		System         struct{ Version string }
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || kind != "application/json" || json.Unmarshal(body, &said) != nil {
		return false, ""
	}
	return said.System.Version != "" || cmp.Or(said.Message, said.Error) != "", said.System.Version
}

// Websockets tells whether Asterisk's HTTP server has websockets, whoever asks. Without them there is no ARI.
func (e *Examiner) Websockets(ctx context.Context) (bool, error) {
	n := e.node
	prefix, _, _ := strings.Cut(n.base.EscapedPath(), "/ari")
	address := url.URL{Scheme: n.base.Scheme, Host: n.base.Host, Path: prefix + "/ws"}
	err := n.timed(ctx, opInfo, n.timeouts.Call, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
		if err != nil {
			return err
		}
		response, err := n.calls.RoundTrip(r)
		if err != nil {
			return err
		}
		if err := response.Body.Close(); err != nil || response.StatusCode == http.StatusUpgradeRequired {
			return err
		}
		return &Error{Node: n.name, Operation: opInfo, Status: response.StatusCode}
	})
	if statusOf(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// TryWrite asks for a change of what does not exist. A user who may only read is refused with 403 before anything is
// looked for; everyone else is told that there is no such thing, which is no error here.
func (e *Examiner) TryWrite(ctx context.Context, name string) error {
	err := e.ask(ctx, opDiscard, http.MethodDelete, "/recordings/stored/"+url.PathEscape(name), nil, nil)
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Module tells whether Asterisk runs the module, named without .so.
func (e *Examiner) Module(ctx context.Context, name string) (bool, error) {
	var module struct{ Status string }
	err := e.ask(ctx, opModule, http.MethodGet, "/asterisk/modules/"+url.PathEscape(name+".so"), nil, &module)
	if status := statusOf(err); status == http.StatusNotFound || status == http.StatusConflict {
		return false, nil
	}
	return module.Status == "Running", err
}

// Listen opens a websocket for events and closes it again.
func (e *Examiner) Listen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.node.timeouts.List)
	defer cancel()
	conn, err := e.node.dialEvents(ctx)
	if err != nil {
		return err
	}
	return conn.Close(1000, "")
}

// Applications lists the ARI applications that Asterisk knows. Before 20.14 and 22.4 it remembers those that have gone.
func (e *Examiner) Applications(ctx context.Context) ([]string, error) {
	var list []struct{ Name string }
	err := e.ask(ctx, opApplication, http.MethodGet, "/applications", nil, &list)
	names := make([]string, len(list))
	for i, application := range list {
		names[i] = application.Name
	}
	return names, err
}

// Channels lists the live channels.
func (e *Examiner) Channels(ctx context.Context) ([]channels.Channel, error) {
	n := e.node
	var list []ari.ChannelData
	if err := n.get(ctx, opChannels, n.timeouts.List, "/channels", &list); err != nil {
		return nil, err
	}
	known := make([]channels.Channel, len(list))
	for i := range list {
		known[i] = n.channel(&list[i])
	}
	return known, nil
}

// ask makes one request, with body as JSON if there is one, and decodes the answer into value, if that is not nil.
func (e *Examiner) ask(ctx context.Context, operation, method, path string, body, value any) error {
	n := e.node
	return n.timed(ctx, operation, n.timeouts.Call, func(ctx context.Context) error {
		return n.request(ctx, operation, method, path, body, value)
	})
}

// StatusOf returns the HTTP status with which ARI refused, 0 if the error is none of ARI's answers.
func StatusOf(err error) int { return statusOf(err) }

// WordsOf returns ARI's own words in an error, empty if there are none.
func WordsOf(err error) string {
	var answer *Error
	if errors.As(err, &answer) {
		return answer.Message
	}
	return ""
}
