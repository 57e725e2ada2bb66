package httpapi

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/journal"
	"ari-recorder/pkg/recording"
)

// RequestID is the request's id in the log and in the answer.
func RequestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// identify gives the request its id, which all that it causes carries on: the client's own, so that both logs can be laid side
// by side, if it is harmless and no key.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !isHarmless(id) || redact(id) != id {
			id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		r := c.Request()
		c.SetRequest(r.WithContext(journal.With(r.Context(), &journal.Request{ID: id})))
		return next(c)
	}
}

func isHarmless(id string) bool {
	const most = 128
	return id != "" && len(id) <= most && !strings.ContainsFunc(id, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-_.:+/=", r)
	})
}

// errPanicked is what is left of a panic once it is in the log.
var errPanicked = errors.New("the handler panicked")

// recover turns a panic into a 500. If the answer has begun, only breaking it off tells the client that it is wrong.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if wanted, ok := cause.(error); ok && errors.Is(wanted, http.ErrAbortHandler) {
				panic(cause)
			}
			ctx := c.Request().Context()
			journal.Of(ctx).Failed(journal.Fault{Level: slog.LevelError, Code: string(recording.CodeInternal), Err: errPanicked})
			s.options.Log.ErrorContext(ctx, "a request panicked", "error", cause, "stack", string(debug.Stack()))
			if c.Response().Committed {
				panic(http.ErrAbortHandler)
			}
			err = errPanicked
		}()
		return next(c)
	}
}
