package asterisk

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Observer is told what happened, for metrics. Its methods return at once, and all labels are from small fixed sets.
type Observer interface {
	// Event counts an event: its type if we use it, "other" if not, "undecodable" if it could not be read.
	Event(node, kind string)
	// Heard reports how long an event was under way, by Asterisk's clock and ours.
	Heard(node string, lag time.Duration)
	// Reconnected counts a connection of the events that was made anew after an earlier one.
	Reconnected(node string)
	// Resynced reports how long listing a node's channels and bridges took.
	Resynced(node string, took time.Duration)
	// Called reports a request to ARI, such as snoop, with its outcome (see outcome) and how long it took.
	Called(node, operation, outcome string, took time.Duration)
}

// The operations that Called reports.
const (
	opInfo        = "info"
	opSnoop       = "snoop"
	opChannel     = "channel"
	opSetVariable = "set_variable"
	opGetVariable = "get_variable"
	opRecord      = "record"
	opHangUp      = "hang_up"
	opLive        = "live"
	opPause       = "pause"
	opResume      = "resume"
	opStored      = "stored"
	opStoredList  = "stored_list"
	opDownload    = "download"
	opDiscard     = "discard"
	opChannels    = "channels"
	opBridges     = "bridges"
	opApplication = "application"
	opSubscribe   = "subscribe"
	opFilter      = "event_filter"
	opEvents      = "events"
	opModule      = "module"
	opBridge      = "bridge"
)

// outcome sorts an error into the few words that metrics use.
func outcome(err error) string {
	status := statusOf(err)
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case status == 0:
		return "unreachable"
	case status == http.StatusNotFound:
		return "not_found"
	case status == http.StatusConflict:
		return "conflict"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "unauthorized"
	case status >= http.StatusInternalServerError:
		return "server_error"
	default:
		return "refused"
	}
}

// nobody is the observer where none is given.
type nobody struct{}

func (nobody) Event(string, string)                         {}
func (nobody) Heard(string, time.Duration)                  {}
func (nobody) Reconnected(string)                           {}
func (nobody) Resynced(string, time.Duration)               {}
func (nobody) Called(string, string, string, time.Duration) {}
