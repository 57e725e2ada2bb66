// Package channels keeps the live channels of every Asterisk node in memory and decides which one a caller of the API
// means: by uniqueid, else by extension. It knows nothing of ARI; an adapter tells it what happened, in order.
package channels

import (
	"regexp"
	"strings"
	"time"
)

// State is a channel's state in Asterisk's own words: Down, Rsrvd, OffHook, Dialing, Ring, Ringing, Up, Busy, …
type State string

// StateUp is the only state in which a call is answered.
const StateUp State = "Up"

// Answered tells whether somebody can be heard: recording anything earlier would be a recording of ringing.
func (s State) Answered() bool { return s == StateUp }

// Hold says whether the channel's own phone has put its call on hold. Asterisk lists no hold, it only sends events, so
// after a (re)connect the truth is unknown until the next event of the channel.
type Hold int

// The three things that can be known of hold. The zero value is that nothing is known.
const (
	HoldUnknown Hold = iota
	HoldOff
	HoldOn
)

// String names the value for people and JSON.
func (h Hold) String() string {
	switch h {
	case HoldOff:
		return "talking"
	case HoldOn:
		return "held"
	default:
		return "unknown"
	}
}

// Party is one end of a call as Asterisk presents it; both fields may be empty.
type Party struct {
	Name   string
	Number string
}

// Channel is one live channel of one Asterisk node.
type Channel struct {
	Node      string // name of the node in the configuration
	UniqueID  string // Asterisk's uniqueid: any text up to 149 bytes, never a number
	LinkedID  string // empty while it is not known: ARI sends it only where channelvars asks for it
	Name      string // such as PJSIP/410-00000002
	Extension string // see ExtensionOf
	State     State
	Caller    Party
	Connected Party
	Hold      Hold
	Bridge    string // id of the bridge the channel is in, else empty
	Bridged   bool   // true when somebody else is in that bridge
	CreatedAt time.Time
}

// unrecordable are the technologies behind which there is no phone: helpers of Asterisk and our own snoop channels.
var unrecordable = map[string]bool{
	"Snoop": true, "Local": true, "UnicastRTP": true, "AudioSocket": true, "WebSocket": true,
	"Recorder": true, "Announcer": true, "CBAnn": true,
}

// Recordable tells whether the channel may be what an extension or a uniqueid means.
func (c Channel) Recordable() bool {
	technology, _, _ := strings.Cut(c.Name, "/")
	return !unrecordable[technology]
}

// ExtensionOf takes the extension out of a channel's name: what stands between the technology and the last hyphen, as
// the seed describes it (SIP/410-12FA7B is 410). Endpoints may hold hyphens and slashes, so only the last suffix goes.
// Where pattern is not nil and matches the endpoint, its first group is the extension instead.
func ExtensionOf(name string, pattern *regexp.Regexp) string {
	_, endpoint, found := strings.Cut(name, "/")
	if !found {
		return ""
	}
	if cut := strings.LastIndexByte(endpoint, '-'); cut > 0 {
		endpoint = endpoint[:cut]
	}
	if pattern != nil {
		if groups := pattern.FindStringSubmatch(endpoint); len(groups) > 1 && groups[1] != "" {
			return groups[1]
		}
	}
	return endpoint
}
