package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// The server's limits. There is none on a whole answer: a download may take an hour, as long as it moves.
const (
	headerBound = 5 * time.Second  // for a request's line and headers
	bodyBound   = 10 * time.Second // for a request's body
	idleBound   = 2 * time.Minute  // for a connection without a request
	maxHeader   = 32 << 10         // bytes of a request's line and headers
	maxBody     = 1 << 20          // bytes of a request's body

	bodyTooLarge = "the body is too large; 1 MiB is the most"
)

// limitBody refuses a body where none belongs and bounds size and time of all others. The server's own time limit would
// count for requests without a body, too, and cut their long answers.
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength == 0 {
			return next(c)
		}
		control := http.NewResponseController(c.Response())
		err := control.SetReadDeadline(time.Now().Add(bodyBound))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			hangUp(c)
			return &recording.Error{Code: recording.CodeInvalid, Detail: r.Method + " takes no body; put the parameters into the query"}
		}
		if r.ContentLength > maxBody {
			hangUp(c)
			return &recording.Error{Code: api.CodePayloadTooLarge, Detail: bodyTooLarge}
		}
		r.Body = &timedBody{http.MaxBytesReader(bare(c.Response()), r.Body, maxBody), control}
		return next(c)
	}
}

// hangUp has the connection closed after the answer, since the body will not be read. Over HTTP/2, which ends the request
// alone, it would end all others and the answer's own body, too.
func hangUp(c echo.Context) {
	if c.Request().ProtoMajor == 1 {
		c.Response().Header().Set(echo.HeaderConnection, "close")
	}
}

// bare is net/http's own writer, which http.MaxBytesReader has to see: else the server goes on reading a body that is too
// large before it answers.
func bare(w http.ResponseWriter) http.ResponseWriter {
	for {
		outer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

// timedBody is a body with a time limit, which it lifts once it was read to its end: the limit is the connection's, and
// would end a long answer, too.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read returns *http.MaxBytesError behind maxBody.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if lift := b.control.SetReadDeadline(time.Time{}); lift != nil && !errors.Is(lift, http.ErrNotSupported) {
			return n, lift
		}
	}
	return n, err
}
