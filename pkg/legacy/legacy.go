// Package legacy is the door that clients of the legacy Recording API know: one address, GET with ?method= and its
// parameters. It keeps their names, answers and statuses; every rule about recordings is the domain's.
package legacy

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

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
}

// Options are what a site sets, and what the door cannot know by itself.
type Options struct {
	CORSOrigins []string // origins whose pages may call, as browsers write them: https://crm.example.org
	PublicURL   string   // under which clients reach the service, without a trailing slash; empty: from the request
	FaultStatus int      // one status for all faults, for clients that keep no other; 0: the contract's

	Actor func(echo.Context) recording.Actor // who asks; nil: only the address is known
	Log   *slog.Logger                       // nil: nothing is logged
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
	d := &door{Options: o, service: service}
	group.GET(Path, d.guard(d.get))
	group.RouteNotFound(Path, d.guard(d.other))
}

// get answers GET. Everything that can be refused is refused before the method is called: nothing must have been
// started for a client that gets an error about its request.
func (d *door) get(c echo.Context) error {
	raw := c.Request().URL.RawQuery
	if raw == "" {
		return text(c, http.StatusOK, usage(d.address(c)))
	}
	q, err := parseQuery(raw)
	if err != nil {
		return d.fail(c, err)
	}
	m, err := q.method()
	if err != nil {
		return d.fail(c, err)
	}
	args, err := m.arguments(q)
	if err != nil {
		return d.fail(c, err)
	}
	as, err := m.negotiate(q, c.Request().Header.Values(echo.HeaderAccept))
	if err != nil {
		return d.fail(c, err)
	}
	out, err := m.call(c.Request().Context(), d.service, args, d.Actor(c))
	if err != nil {
		return d.fail(c, err)
	}
	return d.answer(c, out, as)
}

// other answers every other method of HTTP. HEAD is one of them: it is a GET to whoever sends it, and would start
// recordings.
func (d *door) other(c echo.Context) error {
	if c.Request().Method == http.MethodPost {
		return d.refuse(c, fault{api.CodeNotImplemented, soapLater + "; use GET with method="})
	}
	c.Response().Header().Set(echo.HeaderAllow, http.MethodGet)
	return d.refuse(c, fault{api.CodeMethodNotAllowed, c.Request().Method + " is not allowed here; use GET"})
}

const soapLater = "SOAP comes with a later version"

// address is where the client, or others, reach this door.
func (d *door) address(c echo.Context) string {
	if d.PublicURL != "" {
		return strings.TrimRight(d.PublicURL, "/") + Path
	}
	scheme := "http"
	if c.IsTLS() {
		scheme = "https"
	}
	return scheme + "://" + c.Request().Host + Path
}
