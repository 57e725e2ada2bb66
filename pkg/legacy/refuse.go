package legacy

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// Refuse answers what never became the call of a method, with the problem's own status: as a SOAP fault where the client
// posts or has asked for an envelope, else as a line of text. Of e, which may be nil, the caller is told all but the cause.
func Refuse(c echo.Context, p api.Problem, e *recording.Error) error {
	return Options{}.Refuse(c, p, e)
}

// Refuse is the function Refuse for a site with these options, whose FaultStatus goes before most of the problems' own.
func (o Options) Refuse(c echo.Context, p api.Problem, e *recording.Error) error {
	r := report{problem: p, detail: p.Title}
	if e != nil {
		r = reportOf(e)
		r.problem = p
	}
	preventCaching(c)
	return tell(c, o.refusalStatus(p), r, o.formOf(c))
}

// refusalStatus is the site's one status for all faults, else the problem's. Some keep their own, since software below the
// client acts on them: without a 401 old clients never send their password.
func (o Options) refusalStatus(p api.Problem) int {
	switch p.Status {
	case http.StatusUnauthorized, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		return p.Status
	}
	return cmp.Or(o.FaultStatus, p.Status)
}

// formOf finds the form in which a client is told of errors, from what no parameter is needed for.
func (o Options) formOf(c echo.Context) form {
	r := c.Request()
	if r.Method == echo.POST {
		return form{as: asSOAP, dialect: dialect{version: versionOf(r.Header.Get(echo.HeaderContentType))}, posted: true}
	}
	q, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		q = nil
	}
	return o.errorForm(q, r.Header.Values(echo.HeaderAccept))
}

// refuse is Refuse for what the door itself objects to.
func (d *door) refuse(c echo.Context, f fault) error {
	p, e := api.ProblemOf(f.code), &recording.Error{Code: recording.Code(f.code), Detail: f.detail}
	note(c.Request().Context(), p, e)
	return d.Refuse(c, p, e)
}

// deny refuses somebody who may not, and writes that down.
func (d *door) deny(c echo.Context, subject string, err error, status int) error {
	r := reportOf(err)
	ctx := c.Request().Context()
	note(ctx, r.problem, err)
	d.service.Denied(ctx, recording.AuditEntry{
		Action: recording.ActionDenied, Actor: d.Actor(c), Subject: subject, Outcome: r.problem.Code,
	})
	return tell(c, status, r, d.formOf(c))
}

// tell answers an error.
func tell(c echo.Context, status int, r report, f form) error {
	header := c.Response().Header()
	if r.recordingID != "" {
		header.Set("X-Recording-Id", r.recordingID)
	}
	if r.problem.Retryable() && header.Get(echo.HeaderRetryAfter) == "" {
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(r.retry)))
	}
	if f.as == asSOAP {
		return send(c, status, f.version.contentType, []byte(f.fault(r)))
	}
	return text(c, status, oneLine(r.detail)+"\n")
}

// preventCaching keeps answers out of caches and from being taken for anything but what they say they are.
func preventCaching(c echo.Context) {
	header := c.Response().Header()
	header.Set(echo.HeaderCacheControl, "no-store")
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
}
