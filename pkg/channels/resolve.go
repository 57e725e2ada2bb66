package channels

import (
	"fmt"
	"strings"
)

// Query asks for one live channel.
type Query struct {
	Channel string // a uniqueid, else an extension
	Node    string // empty: any node
}

// Match says by what a channel was found.
type Match string

// What a query's text turned out to be.
const (
	ByUniqueID  Match = "uniqueid"
	ByExtension Match = "extension"
)

// Candidate is a channel that was looked at, and why it was kept or left.
type Candidate struct {
	Channel Channel
	Kept    bool
	Why     string
}

// Resolution is the channel that a query means, with the explanation.
type Resolution struct {
	Channel    Channel
	By         Match
	Candidates []Candidate // nil where there was nothing to choose from; see Considered
}

// Considered are all channels that were looked at, also where that was one only.
func (r Resolution) Considered() []Candidate {
	if r.Candidates == nil && r.Channel.UniqueID != "" {
		return []Candidate{{Channel: r.Channel, Kept: true, Why: onlyOne}}
	}
	return r.Candidates
}

// Reason says why a query has no answer.
type Reason string

// The reasons of Error.
const (
	NotReady    Reason = "not_ready"    // the node's channels are not completely known at the moment
	UnknownNode Reason = "unknown_node" // no such node in the configuration
	NotFound    Reason = "not_found"    // no live channel
	NotAnswered Reason = "not_answered" // ringing
	Ambiguous   Reason = "ambiguous"    // several channels at the top
)

// Error is returned by Resolve when there is not exactly one channel to name. Its text is one line for people.
type Error struct {
	Reason     Reason
	Query      Query
	By         Match
	Candidates []Candidate
}

// Error says what is wrong in a line that a caller of the API can act on.
func (e *Error) Error() string {
	what := fmt.Sprintf("%s %s", e.By, printable(e.Query.Channel))
	switch e.Reason {
	case NotReady:
		return "Asterisk cannot be reached at the moment, its calls are not known; try again shortly"
	case UnknownNode:
		return fmt.Sprintf("no Asterisk node is named %s", printable(e.Query.Node))
	case NotFound:
		return "no live call on extension " + printable(e.Query.Channel)
	case NotAnswered:
		return fmt.Sprintf("the call on %s is not answered yet", what)
	default:
		return fmt.Sprintf("several calls on %s cannot be told apart; %s", what, e.advice())
	}
}

// advice names what the caller may choose from, and where on which nodes if that is not clear.
func (e *Error) advice() string {
	var names, placed []string
	nodes := map[string]bool{}
	for _, c := range e.Candidates {
		if c.Kept {
			nodes[c.Channel.Node] = true
			names = append(names, fmt.Sprintf("%s (%s)", c.Channel.UniqueID, c.Channel.Name))
			placed = append(placed, fmt.Sprintf("%s (%s on %s)", c.Channel.UniqueID, c.Channel.Name, c.Channel.Node))
		}
	}
	if len(nodes) > 1 {
		return "name one of these uniqueids, and its node: " + strings.Join(placed, ", ")
	}
	return "name one of these uniqueids: " + strings.Join(names, ", ")
}

// printable keeps a caller's text recognisable and on one line, however odd it is.
func printable(text string) string {
	quoted := fmt.Sprintf("%q", text)
	if quoted == `"`+text+`"` && !strings.ContainsAny(text, " \t") && text != "" {
		return text
	}
	return quoted
}

// Resolve names the one live channel that the query means: the uniqueid of a live channel first, then an extension.
// On an extension answered comes before ringing, talking before held, bridged before alone, and what is not known
// never decides. It returns an *Error if nothing, or more than one channel, is left: the wrong call would be worse.
func (x *Index) Resolve(q Query) (Resolution, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if ready, known := x.ready[q.Node]; q.Node != "" && !ready {
		if !known {
			return Resolution{}, &Error{Reason: UnknownNode, Query: q}
		}
		return Resolution{}, &Error{Reason: NotReady, Query: q}
	}
	by, of := ByUniqueID, x.named[ofID]
	first, count := x.find(of, q)
	if count == 0 {
		by, of = ByExtension, x.named[ofExtension]
		first, count = x.find(of, q)
	}
	if count == 1 && first.State.Answered() {
		return Resolution{Channel: first.Channel, By: by}, nil
	}
	if count == 0 {
		reason := NotFound
		if q.Node == "" && !x.allReady() {
			reason = NotReady
		}
		return Resolution{}, &Error{Reason: reason, Query: q, By: by}
	}
	return pick(q, by, x.fitting(of, q))
}

// find counts the recordable channels under the query's text, on nodes whose channels are known, and returns one of them.
func (x *Index) find(of chains, q Query) (one *entry, count int) {
	for c := range of.under(q.Channel) {
		if x.fits(c, q) {
			one, count = c, count+1
		}
	}
	return one, count
}

// fitting copies those that find counts, oldest first.
func (x *Index) fitting(of chains, q Query) []Channel {
	found := set{}
	for c := range of.under(q.Channel) {
		if x.fits(c, q) {
			found[c] = true
		}
	}
	return found.recordable()
}

func (x *Index) fits(c *entry, q Query) bool {
	return x.ready[c.Node] && (q.Node == "" || q.Node == c.Node) && c.Recordable()
}

func (x *Index) allReady() bool {
	for _, ready := range x.ready {
		if !ready {
			return false
		}
	}
	return true
}
