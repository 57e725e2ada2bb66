package recording

import (
	"context"
	"fmt"
	"slices"

	"ari-recorder/pkg/channels"
)

// LiveCall is a live channel and the recording that runs on it, as far as this instance knows.
type LiveCall struct {
	channels.Channel
	RecordingID string // empty: none
}

// LiveCalls returns the live channels that could be recorded, oldest first; an empty node means all. Errors are *Error:
// CodeInvalid for an unknown node, CodeAsterisk while the channels are not known.
func (s *Service) LiveCalls(_ context.Context, node string) ([]LiveCall, error) {
	nodes, err := s.nodes(node)
	if err != nil {
		return nil, err
	}
	for _, name := range nodes {
		if !s.index.Ready(name) {
			return nil, notReady(name)
		}
	}
	var calls []LiveCall
	for _, c := range s.index.All() {
		if c.Recordable() && slices.Contains(nodes, c.Node) {
			calls = append(calls, s.liveCall(c))
		}
	}
	return calls, nil
}

// LiveCall returns the live channel with the uniqueid. Errors are *Error: CodeNoChannel, CodeAmbiguous if two nodes have
// one, CodeInvalid, CodeAsterisk.
func (s *Service) LiveCall(_ context.Context, node, uniqueID string) (*LiveCall, error) {
	if err := checkChannel(uniqueID); err != nil {
		return nil, err
	}
	nodes, err := s.nodes(node)
	if err != nil {
		return nil, err
	}
	var found []LiveCall
	var on []string
	var unknown error
	for _, name := range nodes {
		c, lives := s.index.Get(name, uniqueID)
		switch {
		case !s.index.Ready(name):
			unknown = notReady(name)
		case lives && c.Recordable():
			found, on = append(found, s.liveCall(c)), append(on, name)
		}
	}
	switch {
	case len(found) == 1:
		return &found[0], nil
	case len(found) > 1:
		return nil, onNodes("a call with the uniqueid "+uniqueID, uniqueID, on)
	case unknown != nil:
		return nil, unknown
	}
	return nil, &Error{Code: CodeNoChannel, Detail: "no live call has that uniqueid"}
}

func (s *Service) liveCall(c channels.Channel) LiveCall {
	id, _ := s.running.on(c.Node + "/" + c.UniqueID)
	return LiveCall{Channel: c, RecordingID: id}
}

// nodes are those that are meant: the named one, or all.
func (s *Service) nodes(node string) ([]string, error) {
	all := s.index.Nodes()
	switch {
	case node == "":
		return all, nil
	case slices.Contains(all, node):
		return []string{node}, nil
	}
	return nil, &Error{Code: CodeInvalid, Detail: "no Asterisk node has that name"}
}

func notReady(node string) error {
	return asteriskDown(fmt.Sprintf("Asterisk node %s cannot be reached at the moment, its calls are not known; try again shortly", node), nil)
}
