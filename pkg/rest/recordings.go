package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

// maxKey bounds an Idempotency-Key, in characters.
const maxKey = 255

func (d *door) start(r *request) error {
	key, err := r.onceKey()
	if err != nil {
		return err
	}
	var channel, tag, node *string
	if err := r.body(fields{"channel": &channel, "tag": &tag, "node": &node}); err != nil {
		return err
	}
	if channel == nil || tag == nil {
		return invalid("a start needs the fields channel and tag in a JSON object")
	}
	req := recording.StartRequest{Channel: *channel, Tag: *tag, By: r.by}
	if node != nil {
		if req.Node = *node; *node == "" {
			return invalid("the field node is empty; leave it out to mean any node")
		}
	}
	if key != "" {
		if req.Once, err = once(key, req); err != nil {
			return err
		}
	}
	started, created, err := d.service.Start(r.Request().Context(), req)
	if err != nil {
		return err
	}
	r.Response().Header().Set(echo.HeaderLocation, d.link(Prefix+"/recordings/"+started.ID))
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return r.answer(status, started)
}

// onceKey is the idempotency key, or empty: any visible ASCII, so that it is the same text everywhere.
func (r *request) onceKey() (string, error) {
	key, given, err := r.header("Idempotency-Key")
	if err != nil || !given {
		return "", err
	}
	odd := func(r rune) bool { return r < '!' || r > '~' }
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, odd) {
		return "", invalid(fmt.Sprintf("Idempotency-Key has 1 to %d visible ASCII characters", maxKey))
	}
	return key, nil
}

// once tells this request from others under the same key, however its JSON was written.
func once(key string, req recording.StartRequest) (recording.Once, error) {
	asked, err := json.Marshal([]string{req.Channel, req.Tag, req.Node})
	if err != nil {
		return recording.Once{}, err
	}
	digest := sha256.Sum256(asked)
	return recording.Once{Key: key, Request: hex.EncodeToString(digest[:])}, nil
}

func (d *door) show(r *request) error {
	id, err := r.id()
	if err != nil {
		return err
	}
	found, err := d.service.Get(r.Request().Context(), id)
	if err != nil {
		return err
	}
	return r.answer(http.StatusOK, found)
}

func (d *door) amend(r *request) error {
	c, err := r.control()
	if err != nil {
		return err
	}
	a := recording.Amendment{Control: c}
	members := fields{"tag": &a.Tag, "private": &a.Private, "legal_hold": &a.LegalHold}
	if err := r.body(members, "application/merge-patch+json"); err != nil {
		return err
	}
	changed, err := d.service.Amend(r.Request().Context(), a)
	if err != nil {
		return err
	}
	return r.answer(http.StatusOK, changed)
}

// control makes the handler of a request that does one thing with one recording and answers with it.
func control(do func(Service, context.Context, recording.Control) (*recording.Recording, error)) func(*door, *request) error {
	return func(d *door, r *request) error {
		c, err := r.control()
		if err != nil {
			return err
		}
		if err := r.body(nil); err != nil {
			return err
		}
		done, err := do(d.service, r.Request().Context(), c)
		if err != nil {
			return err
		}
		return r.answer(http.StatusOK, done)
	}
}

// remove deletes, so that it can be had back, or erases.
func (d *door) remove(r *request) error {
	c, err := r.control()
	if err != nil {
		return err
	}
	erase, err := r.query.flag("erase")
	if err != nil {
		return err
	}
	if err := r.body(nil); err != nil {
		return err
	}
	do := d.service.Delete
	if erase {
		if err := d.mayErase(r, c); err != nil {
			return err
		}
		do = d.service.Erase
	}
	if err := do(r.Request().Context(), c); err != nil {
		return err
	}
	return r.NoContent(http.StatusNoContent)
}

// mayErase asks for the scope that the route does not ask for, and writes down if it is missing.
func (d *door) mayErase(r *request, c recording.Control) error {
	err := d.May(r, access.Admin)
	if err != nil {
		d.service.Denied(r.Request().Context(), recording.AuditEntry{
			Action: recording.ActionDenied, Actor: c.By, Subject: "DELETE " + r.Path() + "?erase=true",
			RecordingID: c.ID, Outcome: api.CodeForbidden,
		})
	}
	return err
}
