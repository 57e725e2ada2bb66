package channels

import (
	"slices"
	"strings"
)

// Peers returns the channels of phones that talk with the given one, oldest first: those in its bridge and those behind
// Local channels, whose two halves are one link. A channel that is in no bridge has none. The ids of the bridges and Local
// channels through which they talk are returned too: as long as nothing moves there, nothing has changed.
func (x *Index) Peers(node, uniqueID string) (peers []Channel, links []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	own := x.channel(node, uniqueID)
	if own == nil || own.Bridge == "" {
		return nil, nil
	}
	found, bridges := set{}, []string{own.Bridge}
	for i := 0; i < len(bridges); i++ {
		b := x.bridges[key{node, bridges[i]}]
		if b == nil {
			continue
		}
		for _, member := range b.members {
			c := x.channel(node, member)
			if c == nil || c == own {
				continue
			}
			found.add(node, c)
			far := x.otherHalf(c)
			if far == nil {
				continue
			}
			links = append(links, far.UniqueID)
			if far.Bridge != "" && !slices.Contains(bridges, far.Bridge) {
				bridges = append(bridges, far.Bridge)
			}
		}
	}
	return found.recordable(), append(links, bridges...)
}

// Legs returns the recordable channels with the linkedid, oldest first; none if it is empty.
func (x *Index) Legs(node, linkedID string) []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	legs := set{}
	for c := range x.named[ofCall].under(linkedID) {
		legs.add(node, c)
	}
	return legs.recordable()
}

// OtherHalf returns the uniqueid of the other end of a Local channel; of other channels it returns their own.
func (x *Index) OtherHalf(node, uniqueID string) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if c := x.channel(node, uniqueID); c != nil {
		if far := x.otherHalf(c); far != nil {
			return far.UniqueID
		}
	}
	return uniqueID
}

// isLocal tells whether the channel is one half of a Local pair.
func (c *Channel) isLocal() bool { return strings.HasPrefix(c.Name, "Local/") }

// otherHalf finds the other end of a Local channel: what ends with ;1 here ends with ;2 there.
func (x *Index) otherHalf(c *entry) *entry {
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
