package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// answerError answers what no handler has answered, as a line of plain text. Errors that do not say what the client may
// know stay in the log.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		s.options.Log.Debug("an answer was not taken to its end", "error", err, "request_id", RequestID(c))
		return
	}
	status, line := explain(err, c)
	if status == 0 {
		s.options.Log.Error("a request failed", "error", err, "request_id", RequestID(c))
		status, line = http.StatusInternalServerError, internal
	}
	if err := c.Blob(status, textType, []byte(line+"\n")); err != nil {
		s.options.Log.Debug("an error could not be answered", "error", err, "request_id", RequestID(c))
	}
}

// explain words the errors that are meant for clients; status is 0 for all others.
func explain(err error, c echo.Context) (status int, line string) {
	var known *echo.HTTPError
	if !errors.As(err, &known) {
		return 0, ""
	}
	switch r := c.Request(); known.Code {
	case http.StatusNotFound:
		return known.Code, "nothing is served at " + r.URL.EscapedPath()
	case http.StatusMethodNotAllowed:
		return known.Code, fmt.Sprintf("%s is not allowed here; use %s", r.Method, c.Response().Header().Get(echo.HeaderAllow))
	default:
		return known.Code, fmt.Sprint(known.Message)
	}
}
