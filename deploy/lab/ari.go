package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Channel is a live channel as ARI lists it.
type Channel struct {
	ID         string `json:"id"` // uniqueid
	Name       string `json:"name"`
	State      string `json:"state"`       // Ring, Ringing, Up, …
	ProtocolID string `json:"protocol_id"` // SIP Call-ID
}

type bridge struct {
	Channels []string `json:"channels"`
}

// errNotFound is ARI's 404: the channel is gone, or never was.
var errNotFound = errors.New("not found")

// Channels lists the live channels.
func (a *Asterisk) Channels(ctx context.Context) (channels []Channel, err error) {
	return channels, a.request(ctx, http.MethodGet, "/channels", &channels)
}

// HangUp hangs a channel up as an operator would, from inside Asterisk. One that is gone already is an error.
func (a *Asterisk) HangUp(ctx context.Context, channelID string) error {
	return a.request(ctx, http.MethodDelete, "/channels/"+url.PathEscape(channelID), nil)
}

// bridged tells whether the channels talk with each other.
func (a *Asterisk) bridged(ctx context.Context, ids ...string) (bool, error) {
	var bridges []bridge
	err := a.request(ctx, http.MethodGet, "/bridges", &bridges)
	return slices.ContainsFunc(bridges, func(b bridge) bool {
		return !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(b.Channels, id) })
	}), err
}

// booted tells whether ARI answers; before, it refuses connections or says 503.
func (a *Asterisk) booted(ctx context.Context) bool {
	return a.request(ctx, http.MethodGet, "/asterisk/info", nil) == nil
}

// request is the lab's own small ARI client, so that tests of the product's client do not lean on the product's client. The answer's JSON goes
// into answer, if not nil.
func (a *Asterisk) request(ctx context.Context, method, path string, answer any) (err error) {
	request, err := http.NewRequestWithContext(ctx, method, a.URL+path, nil)
	if err != nil {
		return err
	}
	request.SetBasicAuth(a.Username, a.Password)
	response, err := a.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: %w", method, path, err)
	case response.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s %s: %w", method, path, errNotFound)
	case response.StatusCode/100 != 2:
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, strings.TrimSpace(string(body)))
	case answer == nil:
		return nil
	}
	return json.Unmarshal(body, answer)
}
