// Package legacy is the door that clients of the legacy Recording API know: one address, GET with ?method= and its
// parameters, and SOAP by POST. It keeps their names, answers and statuses; every rule about recordings is the domain's.
package legacy

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// Path is the one address.
const Path = "/servicemanager/services/njadmin-api-recording"

// Service is what the door opens to; *recording.Service is one. Errors are *recording.Error, anything else is internal.
type Service interface {
	Start(ctx context.Context, req recording.StartRequest) (r *recording.Recording, created bool, err error)
	Stop(ctx context.Context, req recording.StopRequest) (*recording.Recording, error)
	Retrieve(ctx context.Context, req recording.RetrieveRequest) (*recording.Retrieved, error)
	Denied(ctx context.Context, e recording.AuditEntry)
}

// Options are what a site sets, and what the door cannot know by itself.
type Options struct {
	CORSOrigins   []string // origins whose pages may call, as browsers write them: https://crm.example.org
	PublicURL     string   // under which clients reach the service, without a trailing slash; empty: from the request
	FaultStatus   int      // one status for all faults but 401, 405, 413, 415 and prefetches, for clients that keep no other; 0: the contract's
	SOAPByDefault bool     // whether GET gets an envelope where the client asks for nothing else; else plain text

	Actor func(echo.Context) recording.Actor // who asks; nil: only the address is known
	// May tells whether the caller may use methods that need "record" or "retrieve": nil, or an error as Service's that
	// is told as it is. Refusals are written to the audit trail here. Nil: everybody may.
	May func(c echo.Context, needs string) error
	// Origin is the scheme and host by which the client has reached the service, where proxies are believed to tell; nil
	// or "": from the connection and the Host header.
	Origin func(echo.Context) string
	Log    *slog.Logger // nil: nothing is logged
}

type door struct {
	Options
	service Service
}

// Register puts the address on a group, whose middleware guards it.
func Register(group *echo.Group, service Service, o Options) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Actor == nil {
		o.Actor = func(c echo.Context) recording.Actor { return recording.Actor{Address: c.RealIP()} }
	}
	if o.May == nil {
		o.May = func(echo.Context, string) error { return nil }
	}
	d := &door{Options: o, service: service}
	group.GET(Path, d.guard(d.get))
	group.POST(Path, d.guard(d.post))
	group.RouteNotFound(Path, d.guard(d.other))
}

// call is a method with its arguments, checked: all that a request asks for.
type call struct {
	method    *method
	arguments arguments
}

// perform makes the call and answers in the form that the client wants.
func (d *door) perform(c echo.Context, what call, f form) error {
	if err := d.May(c, what.method.needs); err != nil {
		return d.deny(c, what.subject(), err, d.refusalStatus(reportOf(err).problem))
	}
	out, err := what.method.call(c.Request().Context(), d.service, what.arguments, d.Actor(c))
	if err != nil {
		return d.fail(c, err, f)
	}
	return d.answer(c, what.method, out, f)
}

// subject says for the audit trail what was asked for.
func (w call) subject() string {
	first := w.method.parameters[0].name
	return w.method.name + " " + first + "=" + w.arguments[first]
}

// get answers GET. Everything that can be refused is refused before the method is called: nothing must have been
// started for a client that gets an error about its request.
func (d *door) get(c echo.Context) error {
	raw := c.Request().URL.RawQuery
	if raw == "" {
		return text(c, http.StatusOK, usage(d.address(c)))
	}
	accept := c.Request().Header.Values(echo.HeaderAccept)
	q, err := parseQuery(raw)
	if err != nil {
		return d.fail(c, err, d.errorForm(nil, accept))
	}
	style, asked, err := q.wsdl()
	if err != nil {
		return d.fail(c, err, d.errorForm(q, accept))
	}
	if asked {
		return d.describe(c, style)
	}
	what, as, err := d.understand(q, accept)
	if err != nil {
		return d.fail(c, err, d.errorForm(q, accept))
	}
	return d.perform(c, what, form{as: as, dialect: axis})
}

// understand reads a query: what to call, and how to answer.
func (d *door) understand(q query, accept []string) (call, representation, error) {
	m, err := q.method()
	if err != nil {
		return call{}, asText, err
	}
	args, err := m.arguments(q.find, m.further...)
	if err != nil {
		return call{}, asText, err
	}
	as, err := m.negotiate(d.offers(m.own()), q, accept)
	return call{m, args}, as, err
}

// other answers every other method of HTTP. HEAD is one of them: it is a GET to whoever sends it, and would start
// recordings.
func (d *door) other(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderAllow, "GET, POST")
	return d.refuse(c, fault{code: api.CodeMethodNotAllowed, detail: c.Request().Method + " is not allowed here; use GET, or POST for SOAP"})
}
