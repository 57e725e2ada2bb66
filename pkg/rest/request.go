package rest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// request is what every handler gets: a request whose query and Accept header are in order.
type request struct {
	echo.Context
	query query
	as    string // the media type to answer with
	by    recording.Actor
}

// serve checks what all routes have in common before the handler is asked, and answers its errors.
func (d *door) serve(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderCacheControl, "no-store")
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		in := &request{Context: c, by: d.Actor(c)}
		err := in.check(r)
		if err == nil {
			err = r.handle(d, in)
		}
		if err != nil {
			return d.fail(c, err)
		}
		return nil
	}
}

func (r *request) check(to route) (err error) {
	if r.query, err = parseQuery(r.Request().URL.RawQuery, to.query); err != nil {
		return err
	}
	if to.offers == nil {
		return nil
	}
	if len(to.offers) > 1 {
		r.Response().Header().Add(echo.HeaderVary, echo.HeaderAccept)
	}
	r.as = negotiate(to.offers, r.Request().Header.Values(echo.HeaderAccept))
	if r.as == "" {
		return wrong(api.CodeNotAcceptable, "this address answers with "+strings.Join(to.offers, " or ")+"; accept that, or leave the Accept header out")
	}
	return nil
}

var idPattern = regexp.MustCompile(`^[0-7][0-9a-hjkmnp-tv-z]{25}$`)

// id is the recording's id in the path.
func (r *request) id() (string, error) {
	id := r.Param("id")
	if !idPattern.MatchString(id) {
		return "", &recording.Error{Code: recording.CodeNoRecording, Detail: "no recording has this id: ids have 26 lower-case letters and digits"}
	}
	return id, nil
}

// control is the recording that the path names, and who asks.
func (r *request) control() (recording.Control, error) {
	id, err := r.id()
	return recording.Control{ID: id, By: r.by}, err
}

// answer sends a value in JSON.
func (r *request) answer(status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return send(r, status, asJSON, append(body, '\n'))
}

// header returns the one value of a header, or none.
func (r *request) header(name string) (value string, given bool, err error) {
	values := r.Request().Header.Values(name)
	if len(values) > 1 {
		return "", true, invalid("the header " + name + " is given more than once")
	}
	if len(values) == 0 {
		return "", false, nil
	}
	return values[0], true, nil
}

// link is the address of a path of this door, as far as it is known from outside.
func (d *door) link(path string) string { return strings.TrimRight(d.PublicURL, "/") + path }

// oneOf words a choice.
func oneOf(words []string) string {
	words = slices.Clone(words)
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
