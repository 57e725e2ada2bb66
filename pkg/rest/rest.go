// Package rest is the door for new clients: resources under /v1 in JSON, as api/openapi.yaml describes them, and the page
// that shows that document. It knows HTTP; every rule about recordings is the domain's.
package rest

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// Prefix is where the resources are.
const Prefix = "/v1"

// Service is what the door opens to; *recording.Service is one. Errors are *recording.Error, anything else is internal.
type Service interface {
	Start(ctx context.Context, req recording.StartRequest) (r *recording.Recording, created bool, err error)
	Get(ctx context.Context, id string) (*recording.Recording, error)
	List(ctx context.Context, f recording.Filter, p recording.Page) ([]*recording.Recording, error)
	Amend(ctx context.Context, a recording.Amendment) (*recording.Recording, error)
	End(ctx context.Context, c recording.Control) (*recording.Recording, error)
	Pause(ctx context.Context, c recording.Control) (*recording.Recording, error)
	Resume(ctx context.Context, c recording.Control) (*recording.Recording, error)
	Delete(ctx context.Context, c recording.Control) error
	Restore(ctx context.Context, c recording.Control) (*recording.Recording, error)
	Erase(ctx context.Context, c recording.Control) error
	Play(ctx context.Context, req recording.PlayRequest) (*recording.Retrieved, error)
	Timeline(ctx context.Context, id string) ([]recording.Event, error)
	CallRecords(ctx context.Context, f recording.CallFilter, p recording.Page) ([]recording.CallRecord, error)
	CallRecord(ctx context.Context, node, uniqueID string) (*recording.CallRecord, error)
	LiveCalls(ctx context.Context, node string) ([]recording.LiveCall, error)
	LiveCall(ctx context.Context, node, uniqueID string) (*recording.LiveCall, error)
	Resolve(ctx context.Context, q channels.Query) (channels.Resolution, error)
	AuditTrail(ctx context.Context, f recording.AuditFilter, p recording.Page) ([]recording.AuditEntry, error)
	Denied(ctx context.Context, e recording.AuditEntry)
}

// Router is what routes are registered on. A caller needs one of the scopes; without any named, no credentials.
type Router interface {
	Handle(method, path string, h echo.HandlerFunc, anyOf ...access.Scope)
}

// Options are what a site sets, and what the door cannot know by itself.
type Options struct {
	PublicURL string // under which clients reach the service; empty: links are paths

	// May tells whether the caller has the scope, where a parameter asks for more than the route; else it returns a
	// *recording.Error. Nil: everybody may.
	May   func(c echo.Context, scope access.Scope) error
	Actor func(echo.Context) recording.Actor // who asks; nil: only the address is known
	Log   *slog.Logger                       // nil: nothing is logged
}

type door struct {
	Options
	service Service
}

// Register puts the routes on a router, which guards them by their scopes.
func Register(routes Router, service Service, o Options) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.May == nil {
		o.May = func(echo.Context, access.Scope) error { return nil }
	}
	if o.Actor == nil {
		o.Actor = func(c echo.Context) recording.Actor { return recording.Actor{Address: c.RealIP()} }
	}
	d := &door{Options: o, service: service}
	for _, r := range table {
		routes.Handle(r.method, Prefix+r.path, d.serve(r), r.scopes...)
	}
	registerDocs(routes)
}

var (
	mayRecord = []access.Scope{access.Record}
	mayHear   = []access.Scope{access.Retrieve}
	mayList   = []access.Scope{access.Retrieve, access.Manage}
	mayChange = []access.Scope{access.Manage}
	maySee    = []access.Scope{access.Record, access.Retrieve, access.Manage}
	mayAudit  = []access.Scope{access.Admin}
)

// route is a row of the contract's table.
type route struct {
	method, path string
	handle       func(*door, *request) error
	query        []string // the parameters that it knows
	offers       []string // the media types it can answer with, its favourite first; nil: it settles that itself
	scopes       []access.Scope
}

const (
	asJSON = echo.MIMEApplicationJSON
	asCSV  = "text/csv"
)

var (
	onlyJSON  = []string{asJSON}
	jsonOrCSV = []string{asJSON, asCSV}
)

var table = []route{
	{http.MethodPost, "/recordings", (*door).start, nil, onlyJSON, mayRecord},
	{http.MethodGet, "/recordings", (*door).list, recordingFilters, jsonOrCSV, mayList},
	{http.MethodGet, "/recordings/:id", (*door).show, nil, onlyJSON, maySee},
	{http.MethodPatch, "/recordings/:id", (*door).amend, nil, onlyJSON, mayChange},
	{http.MethodDelete, "/recordings/:id", (*door).remove, []string{"erase"}, nil, mayChange},
	{http.MethodPost, "/recordings/:id/stop", control(Service.End), nil, onlyJSON, mayRecord},
	{http.MethodPost, "/recordings/:id/pause", control(Service.Pause), nil, onlyJSON, mayRecord},
	{http.MethodPost, "/recordings/:id/resume", control(Service.Resume), nil, onlyJSON, mayRecord},
	{http.MethodPost, "/recordings/:id/restore", control(Service.Restore), nil, onlyJSON, mayChange},
	{http.MethodGet, "/recordings/:id/audio", (*door).audio, []string{"username"}, nil, mayHear},
	{http.MethodHead, "/recordings/:id/audio", (*door).audio, []string{"username"}, nil, mayHear},
	{http.MethodGet, "/recordings/:id/events", (*door).events, nil, onlyJSON, maySee},
	{http.MethodGet, "/call-records", (*door).callRecords, callFilters, onlyJSON, mayList},
	{http.MethodGet, "/call-records/:uniqueid", (*door).callRecord, []string{"node"}, onlyJSON, mayList},
	{http.MethodGet, "/calls", (*door).calls, []string{"node"}, onlyJSON, mayRecord},
	{http.MethodGet, "/calls/:uniqueid", (*door).call, []string{"node"}, onlyJSON, mayRecord},
	{http.MethodGet, "/resolve", (*door).resolve, []string{"channel", "node"}, onlyJSON, mayRecord},
	{http.MethodGet, "/audit", (*door).audit, auditFilters, jsonOrCSV, mayAudit},
}
