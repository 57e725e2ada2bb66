package legacy

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/journal"
)

// form is how a request is answered.
type form struct {
	as      representation
	dialect      // of asSOAP
	posted  bool // whether it is SOAP over POST, which has statuses of its own
}

// answer renders what a method has done.
func (d *door) answer(c echo.Context, m *method, out *outcome, f form) error {
	c.Response().Header().Set("X-Recording-Id", out.recording.ID)
	if out.audio != nil {
		return d.sendAudio(c, m, out.audio, f)
	}
	switch f.as {
	case asSOAP:
		before, after := f.wrap(m)
		return send(c, http.StatusOK, f.version.contentType, []byte(before+escape(oneLine(out.line))+after))
	case asJSON:
		body, err := json.Marshal(out.recording)
		if err != nil {
			return d.fail(c, err, f)
		}
		return send(c, http.StatusOK, echo.MIMEApplicationJSON, append(body, '\n'))
	default:
		return text(c, http.StatusOK, oneLine(out.line)+"\n")
	}
}

// fail answers an error of a call: a line for the caller, with the table's status or the one that the site wants for all
// faults.
func (d *door) fail(c echo.Context, err error, f form) error {
	r := reportOf(err)
	note(c.Request().Context(), r.problem, err)
	status := d.FaultStatus
	switch {
	case status != 0:
	case f.posted:
		status = f.version.status(r)
	default:
		status = r.problem.Status
	}
	return tell(c, status, r, f)
}

// note leaves for the request's line in the log what went wrong, causes that the caller is not told included. What goes
// wrong because the client went away is nobody's fault.
func note(ctx context.Context, p api.Problem, err error) {
	level := slog.LevelInfo
	switch {
	case ctx.Err() != nil:
	case p.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case p.Status == http.StatusServiceUnavailable && errors.Unwrap(err) != nil:
		level = slog.LevelWarn
	}
	journal.Of(ctx).Failed(journal.Fault{Level: level, Code: p.Code, Err: err})
}

// seconds rounds up, since a client that comes too early has to come twice.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// oneLine makes one line of it, whatever it quotes.
func oneLine(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, line)
}

const plainText = "text/plain; charset=utf-8"

func text(c echo.Context, status int, body string) error {
	return send(c, status, plainText, []byte(body))
}

// send writes a body that fits into memory, with its length.
func send(c echo.Context, status int, kind string, body []byte) error {
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	return c.Blob(status, kind, body)
}
