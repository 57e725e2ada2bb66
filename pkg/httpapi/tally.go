package httpapi

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
)

// tally is the response's writer below echo's. It counts what is sent, and lets a handler write past echo, whose Response
// cannot hand a file to the operating system: http.ServeContent with Context.Response().Writer does (sendfile), and yet
// status, bytes and Committed are right for the log, the metrics and those who would answer an error.
type tally struct {
	http.ResponseWriter
	answer *echo.Response
	bytes  int64
}

func newTally(answer *echo.Response) *tally {
	t := &tally{ResponseWriter: answer.Writer, answer: answer}
	answer.Writer = t
	return t
}

// WriteHeader begins the answer.
func (t *tally) WriteHeader(status int) {
	if status >= http.StatusOK {
		t.answer.Status, t.answer.Committed = status, true
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tally) begin() {
	if !t.answer.Committed {
		t.WriteHeader(http.StatusOK)
	}
}

// Write sends a part of the body.
func (t *tally) Write(b []byte) (int, error) {
	t.begin()
	n, err := t.ResponseWriter.Write(b)
	t.bytes += int64(n)
	return n, err
}

// ReadFrom sends all that src has.
func (t *tally) ReadFrom(src io.Reader) (int64, error) {
	t.begin()
	n, err := io.Copy(t.ResponseWriter, src)
	t.bytes += n
	return n, err
}

// Unwrap is for http.ResponseController.
func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }
