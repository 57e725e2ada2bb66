package httpapi

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

// callerKey is where the guard leaves the caller in a request's context.
const callerKey = "ari-recorder.caller"

func callerOf(c echo.Context) access.Caller {
	caller, _ := c.Get(callerKey).(access.Caller) // nobody, before the guard and at open addresses
	return caller
}

// Actor is who asks: the name of the key, the client's address and the request's id.
func Actor(c echo.Context) recording.Actor {
	return recording.Actor{Name: callerOf(c).Name, Address: c.RealIP(), RequestID: RequestID(c)}
}

// May tells whether the request's caller has one of the scopes, for what a handler decides only when it has read the
// request. A refusal is a *recording.Error with api.CodeForbidden; the door that tells it writes it down, see Denied.
func (s *Server) May(c echo.Context, anyOf ...access.Scope) error {
	return mayUse(callerOf(c), anyOf)
}

// mayUse returns nil or the refusal, as an error: a nil *recording.Error in an error would not be nil.
func mayUse(caller access.Caller, anyOf []access.Scope) error {
	if caller.May(anyOf...) {
		return nil
	}
	who := "the caller"
	if caller.Name != "" {
		who = "the key " + caller.Name
	}
	return forbidden(fmt.Sprintf("%s may not do this; it needs the scope %s", who, inWords(anyOf)))
}

func inWords(scopes []access.Scope) string {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	return strings.Join(words, " or ")
}
