package recording

import (
	"encoding/json"
	"time"

	"ari-recorder/pkg/channels"
)

// TimeFormat is how times are written in answers: RFC 3339 with milliseconds, in UTC.
const TimeFormat = "2006-01-02T15:04:05.000Z07:00"

type jsonParty struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

type jsonFailure struct {
	Code   FailureCode `json:"code"`
	Detail string      `json:"detail"`
}

type jsonRecording struct {
	ID          string       `json:"id"`
	State       State        `json:"state"`
	Tag         string       `json:"tag"`
	Node        string       `json:"node"`
	UniqueID    string       `json:"uniqueid"`
	LinkedID    *string      `json:"linkedid"`
	Channel     string       `json:"channel"`
	Extension   string       `json:"extension"`
	Caller      jsonParty    `json:"caller"`
	Connected   jsonParty    `json:"connected"`
	StartedBy   string       `json:"started_by"`
	StartedAt   *string      `json:"started_at"`
	EndedAt     *string      `json:"ended_at"`
	CallEndedAt *string      `json:"call_ended_at"`
	DurationMS  *int64       `json:"duration_ms"`
	Format      Format       `json:"format"`
	Channels    int          `json:"channels"`
	SampleRate  int          `json:"sample_rate"`
	Size        *int64       `json:"size"`
	SHA256      *string      `json:"sha256"`
	Private     bool         `json:"private"`
	LegalHold   bool         `json:"legal_hold"`
	DeletedAt   *string      `json:"deleted_at"`
	Failure     *jsonFailure `json:"failure"`
	Gaps        []jsonGap    `json:"gaps"`
}

type jsonGap struct {
	FromMS  int64   `json:"from_ms"`
	ToMS    int64   `json:"to_ms"`
	Kind    GapKind `json:"kind"`
	Channel *string `json:"channel"`
	Cause   string  `json:"cause"`
}

// MarshalJSON gives the shape that the contract promises to clients; what has not happened or is not measured is null.
func (r *Recording) MarshalJSON() ([]byte, error) {
	out := jsonRecording{
		ID: r.ID, State: r.State, Tag: r.Tag, Node: r.Node, UniqueID: r.UniqueID, LinkedID: orNull(r.LinkedID),
		Channel: r.Channel, Extension: r.Extension, Caller: partyJSON(r.Caller), Connected: partyJSON(r.Connected),
		StartedBy: r.StartedBy, StartedAt: timeOrNull(r.StartedAt), EndedAt: timeOrNull(r.EndedAt),
		CallEndedAt: timeOrNull(r.CallEndedAt), Format: r.Format, Channels: max(1, r.Channels), SampleRate: r.Format.SampleRate(),
		Private: r.Private, LegalHold: r.LegalHold, DeletedAt: timeOrNull(r.DeletedAt),
	}
	if a := r.Audio; a != nil {
		ms := a.Duration.Milliseconds()
		out.DurationMS, out.Size, out.SHA256 = &ms, &a.Size, orNull(a.SHA256)
		out.Channels, out.SampleRate = a.Channels, a.SampleRate
	}
	if r.Failure != nil {
		out.Failure = &jsonFailure{r.Failure.Code, r.Failure.Detail}
	}
	out.Gaps = make([]jsonGap, len(r.Gaps))
	for i, g := range r.Gaps {
		out.Gaps[i] = jsonGap{g.From.Milliseconds(), g.To.Milliseconds(), g.Kind, orNull(g.Channel), g.Cause}
	}
	return json.Marshal(out)
}

func partyJSON(p channels.Party) jsonParty { return jsonParty{p.Name, p.Number} }

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(TimeFormat)
	return &text
}

// SampleRate is what Asterisk writes in this format, in Hz.
func (f Format) SampleRate() int {
	if f == FormatWAV16 {
		return 16000
	}
	return 8000
}
