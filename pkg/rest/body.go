package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
)

// maxBody bounds a request's body, in bytes; what anybody can mean has a few hundred.
const maxBody = 64 << 10

// fields are the members that a body may have: a *string, or a **string or **bool that stays nil if it is not there.
type fields map[string]any

// body reads the request's JSON object into the fields. A body of length 0 is an object without members.
func (r *request) body(into fields, types ...string) error {
	data, err := r.read()
	if err != nil || len(data) == 0 {
		return err
	}
	if err := checkType(r.Request().Header, append(types, asJSON)); err != nil {
		return err
	}
	return decodeObject(data, into)
}

func (r *request) read() ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(r.Response().Writer, r.Request().Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, wrong(api.CodePayloadTooLarge, fmt.Sprintf("the body has more than %d bytes", maxBody))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, invalid("the body did not arrive in time")
	case err != nil:
		return nil, invalid("the body broke off before its end")
	}
	return data, nil
}

// checkType wants the media types of the body, uncompressed and in UTF-8.
func checkType(h http.Header, types []string) error {
	if coding := h.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return wrong(api.CodeUnsupportedType, "the body is compressed; send it as it is")
	}
	kind, parameters, err := mime.ParseMediaType(h.Get(echo.HeaderContentType))
	if err != nil || !slices.Contains(types, kind) {
		return wrong(api.CodeUnsupportedType, "the body's type is not "+oneOf(types)+"; set the header Content-Type")
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return wrong(api.CodeUnsupportedType, "JSON is in UTF-8; send no other charset")
	}
	return nil
}

// decodeObject reads one JSON object. encoding/json alone would take a member under any capitalisation, twice, or as
// null, and mend what is no UTF-8: then something else would be done than was asked.
func decodeObject(data []byte, into fields) error {
	if !utf8.Valid(data) {
		return invalid("the body is not valid UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return invalid("the body is no JSON object")
	}
	seen := map[string]bool{}
	for decoder.More() {
		if err := decodeMember(decoder, into, seen); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return notJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("something follows the JSON object in the body")
	}
	return nil
}

func decodeMember(decoder *json.Decoder, into fields, seen map[string]bool) error {
	token, err := decoder.Token()
	if err != nil {
		return notJSON(err)
	}
	name, _ := token.(string) // within an object it is one
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return notJSON(err)
	}
	target, known := into[name]
	switch {
	case !known:
		return invalid("unknown field " + quote(name) + "; " + into.known())
	case seen[name]:
		return invalid("the field " + name + " is there twice")
	}
	seen[name] = true
	return decodeValue(name, value, target)
}

func decodeValue(name string, value json.RawMessage, target any) error {
	kind := "a string"
	if _, flag := target.(**bool); flag {
		kind = "true or false"
	}
	if string(value) == "null" || json.Unmarshal(value, target) != nil {
		return invalid("the field " + name + " is not " + kind)
	}
	if mended(value) {
		return invalid("the field " + name + " holds half of a surrogate pair")
	}
	return nil
}

// mended tells whether encoding/json has put U+FFFD into a string, for an escape that is no character, such as \ud800.
func mended(value json.RawMessage) bool {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return false
	}
	raw := strings.ToLower(string(value))
	return strings.Count(text, "\uFFFD") > strings.Count(raw, "\uFFFD")+strings.Count(raw, `\ufffd`)
}

func (f fields) known() string {
	if len(f) == 0 {
		return "this request takes none"
	}
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return "this request takes " + strings.Join(names, ", ")
}

func notJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return invalid(fmt.Sprintf("the body is no JSON: the mistake is at byte %d", syntax.Offset))
	}
	return invalid("the body is no JSON: it ends too early")
}
