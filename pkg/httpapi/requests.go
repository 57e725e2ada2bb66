package httpapi

import (
	"crypto/rand"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
)

// RequestID is the request's id in the log and in the answer.
func RequestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// identify gives the request its id: the client's own, so that both logs can be laid side by side, if it is harmless and no key.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !isHarmless(id) || redact(id) != id {
			id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
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
			s.options.Log.Error("a request panicked", "panic", cause, "request_id", RequestID(c), "stack", string(debug.Stack()))
			if c.Response().Committed {
				panic(http.ErrAbortHandler)
			}
			err = errPanicked
		}()
		return next(c)
	}
}
