package channels

import (
	"slices"
	"strings"
)

// Peers returns the channels of phones that talk with the given one, oldest first, and the bridges through which they do:
// its own, and those behind Local channels, whose two halves are one link. A channel that is in no bridge has none.
func (x *Index) Peers(node, uniqueID string) (peers []Channel, bridges []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	own, ok := x.channels[key{node, uniqueID}]
	if !ok || own.Bridge == "" {
		return nil, nil
	}
	found := set{}
	bridges = []string{own.Bridge}
	for i := 0; i < len(bridges); i++ {
		for _, member := range x.bridges[key{node, bridges[i]}] {
			c, ok := x.channels[key{node, member}]
			if !ok || member == uniqueID {
				continue
			}
			found[key{node, member}] = c
			if far := x.otherHalf(c); far != nil && far.Bridge != "" && !slices.Contains(bridges, far.Bridge) {
				bridges = append(bridges, far.Bridge)
			}
		}
	}
	return found.recordable(), bridges
}

// Legs returns the recordable channels with the linkedid, oldest first; none if it is empty.
func (x *Index) Legs(node, linkedID string) []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	legs := set{}
	for id, c := range x.byLinkedID[linkedID] {
		if id.node == node {
			legs[id] = c
		}
	}
	return legs.recordable()
}

// OtherHalf returns the uniqueid of the other end of a Local channel; of other channels it returns their own.
func (x *Index) OtherHalf(node, uniqueID string) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if c, ok := x.channels[key{node, uniqueID}]; ok {
		if far := x.otherHalf(c); far != nil {
			return far.UniqueID
		}
	}
	return uniqueID
}

// isLocal tells whether the channel is one half of a Local pair.
func (c *Channel) isLocal() bool { return strings.HasPrefix(c.Name, "Local/") }

// otherHalf finds the other end of a Local channel: what ends with ;1 here ends with ;2 there.
func (x *Index) otherHalf(c *Channel) *Channel {
	if !c.isLocal() {
		return nil
	}
	for half, other := range map[string]string{";1": ";2", ";2": ";1"} {
		if pair, found := strings.CutSuffix(c.Name, half); found {
			return x.locals[key{c.Node, pair + other}]
		}
	}
	return nil
}
