package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/journal"
	"ari-recorder/pkg/recording"
)

// Renderer answers a refusal in the words of the door whose address was asked for. Headers such as Retry-After are set.
type Renderer func(c echo.Context, p api.Problem, e *recording.Error) error

// answerError answers what no handler has answered. Errors that do not say what the client may know stay in the log.
func (s *Server) answerError(err error, c echo.Context) {
	ctx := c.Request().Context()
	if c.Response().Committed {
		s.options.Log.DebugContext(ctx, "an answer was not taken to its end", "error", err)
		return
	}
	e := explain(err)
	p := api.ProblemOf(string(e.Code))
	level := slog.LevelInfo
	if p.Status == http.StatusInternalServerError {
		level = slog.LevelError
	}
	journal.Of(ctx).Failed(journal.Fault{Level: level, Code: p.Code, Err: err})
	header := c.Response().Header()
	if p.Status == http.StatusUnauthorized {
		header[echo.HeaderWWWAuthenticate] = []string{"Bearer", `Basic realm="ari-recorder"`}
	}
	if p.Retryable() {
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(e.RetryAfter)))
	}
	if err := s.renderer(c.Request().URL.Path)(c, p, e); err != nil {
		s.options.Log.DebugContext(ctx, "an error could not be answered", "error", err)
	}
}

// explain puts any error into the service's vocabulary.
func explain(err error) *recording.Error {
	var e *recording.Error
	var known *echo.HTTPError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &tooLarge):
		return &recording.Error{Code: api.CodePayloadTooLarge, Detail: bodyTooLarge}
	case errors.As(err, &known) && codes[known.Code] != "":
		return &recording.Error{Code: codes[known.Code], Detail: fmt.Sprint(known.Message)}
	default:
		return &recording.Error{Code: recording.CodeInternal, Detail: "internal error; the log has the details"}
	}
}

// codes are our words for the errors of echo.
var codes = map[int]recording.Code{
	http.StatusBadRequest:            recording.CodeInvalid,
	http.StatusUnauthorized:          api.CodeUnauthorized,
	http.StatusForbidden:             api.CodeForbidden,
	http.StatusNotFound:              api.CodeNotFound,
	http.StatusMethodNotAllowed:      api.CodeMethodNotAllowed,
	http.StatusRequestEntityTooLarge: api.CodePayloadTooLarge,
	http.StatusUnsupportedMediaType:  api.CodeUnsupportedType,
}

// renderer is that of the longest path that the address is below.
func (s *Server) renderer(path string) Renderer {
	best, render := "", Renderer(renderText)
	for prefix, r := range s.options.Renderers {
		below := path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
		if below && len(prefix) > len(best) {
			best, render = prefix, r
		}
	}
	return render
}

func renderText(c echo.Context, p api.Problem, e *recording.Error) error {
	return c.Blob(p.Status, textType, []byte(e.Detail+"\n"))
}

// seconds rounds up, since a client that comes too early has to come twice.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
