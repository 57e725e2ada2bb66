package asterisk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ari-recorder/pkg/recording"
)

// Error is what ARI answered other than success, or that it did not answer.
type Error struct {
	Node      string
	Operation string
	Status    int    // HTTP's; zero where there was no answer
	Message   string // ARI's own words, one line; may be empty
	Err       error  // why there was no usable answer; nil where Status says it all
}

// Error names node, operation, status and ARI's words; it holds no credentials.
func (e *Error) Error() string {
	text := fmt.Sprintf("node %s: %s", e.Node, e.Operation)
	switch e.Status {
	case 0:
	case http.StatusUnauthorized:
		text += ": 401 credentials refused"
	default:
		text += fmt.Sprintf(": %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap makes what nobody but the operator can cure a recording.ErrSwitchDown: no answer, 5xx, refused credentials, no ARI.
func (e *Error) Unwrap() []error {
	var causes []error
	switch {
	case e.Status == 0, e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden,
		e.Status >= http.StatusInternalServerError, e.pathless():
		causes = append(causes, recording.ErrSwitchDown)
	}
	if e.Err != nil {
		causes = append(causes, e.Err)
	}
	return causes
}

// pathless tells whether there is no such path, so that nothing was looked for: the module is not loaded, ARI is off, or
// another server answers. To take that for the answer that there is no such thing would give up recordings that are there.
func (e *Error) pathless() bool {
	return e.Status == http.StatusNotFound && (e.Message == "" || e.Message == noPath)
}

// noPath is what ARI says of a path that none of its modules serves.
const noPath = "Resource not found"

// statusOf returns the HTTP status in an error, or 0.
func statusOf(err error) int {
	var answer *Error
	if errors.As(err, &answer) {
		return answer.Status
	}
	return 0
}

// notFound tells whether ARI looked and found none: an answer, not a failure, in most of our questions.
func notFound(err error) bool { return statusOf(err) == http.StatusNotFound && !hasNoPath(err) }

func hasNoPath(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.pathless()
}

// refused tells whether ARI understood and said no: a 4xx that is not about our credentials.
func refused(err error) bool {
	status := statusOf(err)
	return status >= 400 && status < 500 && status != http.StatusUnauthorized && status != http.StatusForbidden && !hasNoPath(err)
}

// words reads the message of an error's body. ARI sends {"message": …}, sometimes {"error": …}, and nothing with a 401.
func words(body []byte) string {
	var said struct{ Message, Error string }
	if err := json.Unmarshal(body, &said); err != nil {
		return "" // not ARI's: a proxy's page is of no use to anyone
	}
	if said.Message == "" {
		said.Message = said.Error
	}
	line := strings.Join(strings.Fields(said.Message), " ")
	if len(line) > 200 {
		line = strings.ToValidUTF8(line[:200], "") + "…"
	}
	return line
}
