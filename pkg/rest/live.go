package rest

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

func (d *door) calls(r *request) error {
	live, err := d.service.LiveCalls(r.Request().Context(), r.query.Get("node"))
	if err != nil {
		return err
	}
	calls := make([]liveCall, len(live))
	for i, c := range live {
		calls[i] = showLiveCall(c)
	}
	return r.answer(http.StatusOK, map[string]any{"calls": calls})
}

func (d *door) call(r *request) error {
	uniqueID, err := r.uniqueID()
	if err != nil {
		return err
	}
	live, err := d.service.LiveCall(r.Request().Context(), r.query.Get("node"), uniqueID)
	if err != nil {
		return err
	}
	return r.answer(http.StatusOK, showLiveCall(*live))
}

// uniqueID is the uniqueid in the path. It may be any text, so it may be escaped there.
func (r *request) uniqueID() (string, error) {
	text := r.Param("uniqueid")
	if r.Request().URL.RawPath != "" {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return "", invalid("the uniqueid in the path cannot be read: write %XX for special characters")
		}
		text = plain
	}
	if complaint := complain(text); complaint != "" {
		return "", invalid("the uniqueid in the path " + complaint)
	}
	return text, nil
}

// resolve tells what a start would pick. Where it would pick nothing, the problem says what was looked at.
func (d *door) resolve(r *request) error {
	q := channels.Query{Channel: r.query.Get("channel"), Node: r.query.Get("node")}
	if q.Channel == "" {
		return invalid("the query parameter channel is missing: it is an extension or a uniqueid")
	}
	found, err := d.service.Resolve(r.Request().Context(), q)
	considered := found.Considered()
	candidates := make([]candidate, len(considered))
	for i, c := range considered {
		candidates[i] = showCandidate(c)
	}
	var e *recording.Error
	if errors.As(err, &e) && len(candidates) > 0 {
		return &rejection{e, candidates}
	}
	if err != nil {
		return err
	}
	return r.answer(http.StatusOK, resolution{Picked: showChannel(found.Channel), By: string(found.By), Candidates: candidates})
}

// resolution is what a start would pick, in JSON.
type resolution struct {
	Picked     channel     `json:"picked"`
	By         string      `json:"by"`
	Candidates []candidate `json:"candidates"`
}

// channel is a live channel in JSON.
type channel struct {
	Node      string  `json:"node"`
	UniqueID  string  `json:"uniqueid"`
	LinkedID  *string `json:"linkedid"`
	Channel   string  `json:"channel"`
	Extension string  `json:"extension"`
	State     string  `json:"state"`
	Hold      string  `json:"hold"`
	Bridge    *string `json:"bridge"`
	Bridged   bool    `json:"bridged"`
	Caller    party   `json:"caller"`
	Connected party   `json:"connected"`
	CreatedAt *string `json:"created_at"`
}

type party struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

type liveCall struct {
	channel
	RecordingID *string `json:"recording_id"`
}

// candidate is a channel that was looked at. The errors of a start know no more than nodes and uniqueids.
type candidate struct {
	Node     string `json:"node"`
	UniqueID string `json:"uniqueid"`
	*verdict
}

type verdict struct {
	channel
	Kept bool   `json:"kept"`
	Why  string `json:"why"`
}

// named are candidates of which no more is known.
func named(known []recording.Candidate) []candidate {
	var list []candidate
	for _, c := range known {
		list = append(list, candidate{Node: c.Node, UniqueID: c.UniqueID})
	}
	return list
}

func showCandidate(c channels.Candidate) candidate {
	return candidate{c.Channel.Node, c.Channel.UniqueID, &verdict{showChannel(c.Channel), c.Kept, c.Why}}
}

func showLiveCall(c recording.LiveCall) liveCall {
	return liveCall{showChannel(c.Channel), orNull(c.RecordingID)}
}

func showChannel(c channels.Channel) channel {
	return channel{
		Node: c.Node, UniqueID: c.UniqueID, LinkedID: orNull(c.LinkedID), Channel: c.Name, Extension: c.Extension,
		State: string(c.State), Hold: c.Hold.String(), Bridge: orNull(c.Bridge), Bridged: c.Bridged,
		Caller: party(c.Caller), Connected: party(c.Connected), CreatedAt: showTime(c.CreatedAt),
	}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// showTime is a time as the contract writes it; null if it has not happened.
func showTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(t.UTC().Format(recording.TimeFormat))
}
