package httpapi

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/recording"
)

// HeaderAPIKey is where a key may be sent.
const HeaderAPIKey = "X-API-Key"

// keyParameter is where clients of the legacy address may send their key: they can often set nothing but the URL.
const keyParameter = "apiKey"

// secretOf finds the key that a request shows; an empty one is none. The same key in two places is one key. Two keys are
// refused: whoever checks the one in front could be got round with the other.
func secretOf(r *http.Request, inQuery bool) (string, error) {
	shown := slices.Clone(r.Header.Values(HeaderAPIKey))
	for _, value := range r.Header.Values(echo.HeaderAuthorization) {
		secret, err := authorization(value)
		if err != nil {
			return "", err
		}
		shown = append(shown, secret)
	}
	if inQuery {
		shown = append(shown, queryKeys(r.URL.RawQuery)...)
	}
	shown = slices.DeleteFunc(shown, func(secret string) bool { return secret == "" })
	slices.Sort(shown)
	shown = slices.Compact(shown)
	if len(shown) > 1 {
		return "", &recording.Error{Code: recording.CodeInvalid, Detail: "the request shows several keys; send one"}
	}
	return strings.Join(shown, ""), nil
}

// authorization takes the key out of an Authorization header: a bearer token, or the password of Basic, whatever the user name.
func authorization(value string) (string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.EqualFold(scheme, "Bearer"), scheme == "":
		return rest, nil
	case strings.EqualFold(scheme, "Basic"):
		if plain, err := base64.StdEncoding.DecodeString(rest); err == nil {
			user, password, _ := strings.Cut(string(plain), ":")
			if user != "" && password == "" {
				return "", unauthorized("Basic shows no key: the key is the password, the user name does not count")
			}
			return password, nil
		}
	}
	return "", unauthorized("the Authorization header must be Bearer with the key, or Basic with the key as the password")
}

// queryKeys are the keys in a query string, whatever the case of the parameter's name.
func queryKeys(query string) (keys []string) {
	for _, part := range parameters(query) {
		name, value, _ := strings.Cut(part, "=")
		if value, err := url.QueryUnescape(value); isKeyName(name) && err == nil {
			keys = append(keys, value)
		}
	}
	return keys
}

// parameters splits a query string as the most careless of readers does: what one of them could take for a key must not
// be logged.
func parameters(query string) []string {
	return strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
}

func isKeyName(name string) bool {
	plain, err := url.QueryUnescape(name)
	return err == nil && strings.EqualFold(strings.TrimSpace(plain), keyParameter)
}

func unauthorized(detail string) *recording.Error {
	return &recording.Error{Code: api.CodeUnauthorized, Detail: detail}
}

func forbidden(detail string) *recording.Error {
	return &recording.Error{Code: api.CodeForbidden, Detail: detail}
}
