package recording

import (
	"context"
	"errors"
	"slices"
	"strings"

	"ari-recorder/pkg/channels"
)

// A uniqueid is unique on its node only. Where two nodes have the same, and nobody says which is meant, nothing is done.

// onNodes is the answer where several nodes have what is asked for, such as a call with the uniqueid.
func onNodes(what, uniqueID string, nodes []string) *Error {
	e := &Error{Code: CodeAmbiguous, Detail: "several nodes have " + what + "; name one of these nodes: " + strings.Join(nodes, ", ")}
	for _, node := range nodes {
		e.Candidates = append(e.Candidates, Candidate{node, uniqueID})
	}
	return e
}

// severalRecorded is the answer where several open recordings may be meant.
func severalRecorded(channel string, rows []*Recording) *Error {
	nodes := nodesOf(rows)
	e := &Error{Code: CodeAmbiguous, Detail: "several calls on " + channel + " are being recorded; name one of these uniqueids:"}
	if len(nodes) > 1 {
		e.Detail = "several calls on " + channel + " are being recorded; name one of these uniqueids, and its node:"
	}
	for _, r := range rows {
		e.Detail += " " + r.UniqueID
		if len(nodes) > 1 {
			e.Detail += " on " + r.Node
		}
		e.Candidates = append(e.Candidates, Candidate{r.Node, r.UniqueID})
	}
	return e
}

// nodesOf names the recordings' nodes, each once.
func nodesOf(rows []*Recording) (nodes []string) {
	for _, r := range rows {
		if !slices.Contains(nodes, r.Node) {
			nodes = append(nodes, r.Node)
		}
	}
	slices.Sort(nodes)
	return nodes
}

// ambiguousUniqueID tells whether a resolution found the uniqueid on several nodes.
func ambiguousUniqueID(err error) bool {
	var e *channels.Error
	return errors.As(err, &e) && e.Reason == channels.Ambiguous && e.By == channels.ByUniqueID
}

// onNode adds the node to what the audit trail tells, if one was named.
func onNode(node string) string {
	if node == "" {
		return ""
	}
	return " node=" + node
}

// oneNode makes sure that what the filter finds by a uniqueid or linkedid is all of one node; deleted recordings do not
// count.
func (s *Service) oneNode(ctx context.Context, f Filter) error {
	if f.Node != "" || f.UniqueID == "" && f.LinkedID == "" {
		return nil
	}
	f.NotDeleted = true
	nodes, err := s.store.Nodes(ctx, f)
	if err != nil {
		return storeError(err)
	}
	if len(nodes) > 1 {
		id := f.UniqueID + f.LinkedID
		return onNodes("recordings of the uniqueid "+id, id, nodes)
	}
	return nil
}
