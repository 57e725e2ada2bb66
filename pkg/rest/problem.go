package rest

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
	"ari-recorder/pkg/recording"
)

const problemType = "application/problem+json"

// problem is an error in the form of RFC 9457.
type problem struct {
	Type        string      `json:"type"` // where the code is explained, see docs.go
	Title       string      `json:"title"`
	Status      int         `json:"status"`
	Detail      string      `json:"detail"`
	Code        string      `json:"code"`
	RequestID   string      `json:"request_id,omitempty"`
	RecordingID string      `json:"recording_id,omitempty"`
	RetryAfter  int         `json:"retry_after,omitempty"` // seconds
	Candidates  []candidate `json:"candidates,omitempty"`
}

// Refuse answers as p what somebody before this door, or echo itself, does not let through to it; e says why, and may be
// nil. Headers that belong to the refusal, such as Allow, are the caller's to set; Retry-After is not.
func Refuse(c echo.Context, p api.Problem, e *recording.Error) error {
	if e == nil {
		e = &recording.Error{}
	}
	return answerProblem(c, p, e, named(e.Candidates))
}

// rejection is an error that knows more of the candidates than the domain's errors carry.
type rejection struct {
	cause      *recording.Error
	candidates []candidate
}

// Error gives the cause's line.
func (r *rejection) Error() string { return r.cause.Error() }

// fail answers an error of a handler.
func (d *door) fail(c echo.Context, err error) error {
	e := &recording.Error{Code: recording.CodeInternal, Detail: "internal error; the log has the details"}
	var candidates []candidate
	var r *rejection
	if errors.As(err, &r) {
		e, candidates = r.cause, r.candidates
	} else if errors.As(err, &e) {
		candidates = named(e.Candidates)
	}
	p := api.ProblemOf(string(e.Code))
	note(c.Request().Context(), p, e, err)
	return answerProblem(c, p, e, candidates)
}

func answerProblem(c echo.Context, p api.Problem, e *recording.Error, candidates []candidate) error {
	out := problem{
		Type: ProblemsPath + "#" + p.Code, Title: p.Title, Status: p.Status, Detail: oneLine(e.Detail), Code: p.Code,
		RequestID: requestID(c), RecordingID: e.RecordingID, Candidates: candidates,
	}
	if out.Detail == "" {
		out.Detail = p.Title
	}
	header := c.Response().Header()
	if p.Retryable() {
		out.RetryAfter = seconds(e.RetryAfter)
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(out.RetryAfter))
	}
	header.Set(echo.HeaderCacheControl, "no-store")
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return send(c, p.Status, problemType, append(body, '\n'))
}

// note leaves for the request's line in the log what went wrong, causes that the caller is not told included. What goes
// wrong because the client went away is nobody's fault.
func note(ctx context.Context, p api.Problem, e *recording.Error, err error) {
	level := slog.LevelInfo
	switch {
	case ctx.Err() != nil:
	case p.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case p.Status == http.StatusServiceUnavailable && e.Err != nil:
		level = slog.LevelWarn
	}
	journal.Of(ctx).Failed(journal.Fault{Level: level, Code: p.Code, Err: err})
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// seconds rounds up, since a client that comes too early has to come twice.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// oneLine keeps control characters out of what a line quotes.
func oneLine(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, line)
}

// send writes a body that fits into memory, with its length.
func send(c echo.Context, status int, kind string, body []byte) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, kind) // Blob leaves one that is there
	header.Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	return c.Blob(status, kind, body)
}

// invalid says what is wrong with a request.
func invalid(detail string) error {
	return &recording.Error{Code: recording.CodeInvalid, Detail: detail}
}

// wrong is invalid for what has a code of the doors.
func wrong(code, detail string) error {
	return &recording.Error{Code: recording.Code(code), Detail: detail}
}
