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
	"ari-recorder/pkg/recording"
)

// fault is what is wrong with a request before the domain is asked.
type fault struct {
	code   string // of api.Problems
	detail string // one line that the caller can act on
}

// Error gives the line.
func (f fault) Error() string { return f.detail }

// answer renders what a method has done.
func (d *door) answer(c echo.Context, out *outcome, as representation) error {
	c.Response().Header().Set("X-Recording-Id", out.recording.ID)
	if out.audio != nil {
		return d.sendAudio(c, out.audio, as)
	}
	if as != asJSON {
		return text(c, http.StatusOK, oneLine(out.line))
	}
	body, err := json.Marshal(out.recording)
	if err != nil {
		return d.fail(c, err)
	}
	return send(c, http.StatusOK, echo.MIMEApplicationJSON, append(body, '\n'))
}

// fail answers an error: a line for the caller, with the table's status or the one that the site wants for all faults.
func (d *door) fail(c echo.Context, err error) error {
	code, detail, retry := explain(err)
	problem := api.ProblemOf(code)
	var e *recording.Error
	if errors.As(err, &e) && e.RecordingID != "" {
		c.Response().Header().Set("X-Recording-Id", e.RecordingID)
	}
	d.log(c.Request().Context(), problem, err, d.Actor(c).RequestID)
	if problem.Retryable() {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(retry)))
	}
	status := problem.Status
	if d.FaultStatus != 0 {
		status = d.FaultStatus
	}
	return text(c, status, oneLine(detail))
}

// refuse answers what is no call of a method, and so no fault of one.
func (d *door) refuse(c echo.Context, f fault) error {
	return text(c, api.ProblemOf(f.code).Status, oneLine(f.detail))
}

// explain takes an error apart. What the domain did not word for callers stays inside.
func explain(err error) (code, detail string, retry time.Duration) {
	var f fault
	if errors.As(err, &f) {
		return f.code, f.detail, 0
	}
	var e *recording.Error
	if errors.As(err, &e) {
		return string(e.Code), e.Detail, e.RetryAfter
	}
	return string(recording.CodeInternal), "internal error; the log has the details", 0
}

// log writes down causes that the caller is not told. What goes wrong because the client went away is nobody's fault.
func (d *door) log(ctx context.Context, p api.Problem, err error, requestID string) {
	level := slog.LevelDebug
	switch {
	case ctx.Err() != nil:
	case p.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case p.Status == http.StatusServiceUnavailable && errors.Unwrap(err) != nil:
		level = slog.LevelWarn
	}
	d.Log.Log(ctx, level, "a legacy request failed", "code", p.Code, "error", err, "request_id", requestID)
}

// seconds rounds up, since a client that comes too early has to come twice.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// oneLine ends the line, and makes it one, whatever it quotes.
func oneLine(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, line)
	return line + "\n"
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
