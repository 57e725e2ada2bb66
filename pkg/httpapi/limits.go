package httpapi

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// The server's limits. There is none on a whole answer: a download may take an hour, as long as it moves.
const (
	headerBound = 5 * time.Second  // for a request's line and headers
	bodyBound   = 10 * time.Second // for a request's body
	idleBound   = 2 * time.Minute  // for a connection without a request
	stallBound  = time.Minute      // for a client that takes nothing of what is sent to it
	maxHeader   = 32 << 10         // bytes of a request's line and headers
)

// limitBody refuses a body where none belongs and bounds the time for all others. The server's own time limit would
// count for requests without a body, too, and cut their long answers. A route that reads a body and then answers for
// longer than the bound has to lift it.
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength == 0 {
			return next(c)
		}
		err := http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(bodyBound))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			c.Response().Header().Set(echo.HeaderConnection, "close")
			return echo.NewHTTPError(http.StatusBadRequest, r.Method+" takes no body; put the parameters into the query")
		}
		return next(c)
	}
}

// patient is a listener whose connections are given up when the other side takes nothing for a while: without that a
// client could keep one open, and a file with it, for ever.
type patient struct{ net.Listener }

// Accept waits for the next connection.
func (p patient) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return patientConn{conn}, nil
}

type patientConn struct{ net.Conn }

// Write fails if the other side takes too long to make room.
func (p patientConn) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(stallBound)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

// CloseWrite lets the server say that it is done before it closes: else a client that is still sending may lose the answer.
func (p patientConn) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
