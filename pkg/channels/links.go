package channels

import "iter"

// This file keeps the ways to find a channel in step with one another. The methods of Index are called with the index locked.

// kind is a kind of name by which channels are found.
type kind int

const (
	ofID kind = iota
	ofExtension
	ofCall // the linkedid
	kinds
)

// entry is a channel in the index, with its neighbours under each of its names: a list through the channels themselves takes a tenth of
// the memory of a map for each name, and to leave it takes as little time.
type entry struct {
	Channel
	beside [kinds]struct{ before, after *entry }
}

// name is the channel's name of the kind. The empty one is nobody's, so that channels without a linkedid are not one call.
func (c *entry) name(k kind) string {
	switch k {
	case ofID:
		return c.UniqueID
	case ofExtension:
		return c.Extension
	default:
		return c.LinkedID
	}
}

// chains are the channels under each name of a kind, by the latest of them.
type chains struct {
	kind   kind
	latest map[string]*entry
}

// under visits the channels under the name. The one that is visited may be removed.
func (s chains) under(name string) iter.Seq[*entry] {
	return func(visit func(*entry) bool) {
		for c := s.latest[name]; c != nil; {
			after := c.beside[s.kind].after
			if !visit(c) {
				return
			}
			c = after
		}
	}
}

func (s chains) add(c *entry) {
	name := c.name(s.kind)
	if name == "" {
		return
	}
	if latest := s.latest[name]; latest != nil {
		c.beside[s.kind].after, latest.beside[s.kind].before = latest, c
	}
	s.latest[name] = c
}

func (s chains) remove(c *entry) {
	name, beside := c.name(s.kind), &c.beside[s.kind]
	if beside.after != nil {
		beside.after.beside[s.kind].before = beside.before
	}
	switch {
	case beside.before != nil:
		beside.before.beside[s.kind].after = beside.after
	case beside.after != nil:
		s.latest[name] = beside.after
	default:
		delete(s.latest, name)
	}
	beside.before, beside.after = nil, nil
}

// channel finds a channel by its uniqueid; nil if there is none.
func (x *Index) channel(node, uniqueID string) *entry {
	for c := x.named[ofID].latest[uniqueID]; c != nil; c = c.beside[ofID].after {
		if c.Node == node {
			return c
		}
	}
	return nil
}

// all visits every channel. The one that is visited may be removed.
func (x *Index) all() iter.Seq[*entry] {
	return func(visit func(*entry) bool) {
		for id := range x.named[ofID].latest {
			for c := range x.named[ofID].under(id) {
				if !visit(c) {
					return
				}
			}
		}
	}
}

// link takes in a channel that is not there yet. What has no uniqueid is none: nothing could remove it again.
func (x *Index) link(c Channel) {
	if c.UniqueID == "" {
		return
	}
	e := &entry{Channel: c}
	x.share(e)
	for _, s := range x.named {
		s.add(e)
	}
	if e.isLocal() {
		x.locals[key{e.Node, e.Name}] = e
	}
}

func (x *Index) unlink(c *entry) {
	for _, s := range x.named {
		s.remove(c)
	}
	if c.isLocal() {
		delete(x.locals, key{c.Node, c.Name})
	}
}

// renew gives a channel new facts. Most events change none of its names.
func (x *Index) renew(c *entry, now Channel) {
	if now.Name == c.Name && now.Extension == c.Extension && now.LinkedID == c.LinkedID {
		now.UniqueID, now.Name, now.Extension, now.LinkedID = c.UniqueID, c.Name, c.Extension, c.LinkedID
		c.Channel = now
		c.State = shared(c.State)
		return
	}
	x.unlink(c)
	x.link(now)
}

// share lets texts that are the same be in memory once.
func (x *Index) share(c *entry) {
	c.State = shared(c.State)
	if c.LinkedID == c.UniqueID {
		c.LinkedID = c.UniqueID
	} else if other := x.named[ofCall].latest[c.LinkedID]; other != nil {
		c.LinkedID = other.LinkedID
	}
}

// states are those that last.
var states = map[State]State{"Down": "Down", "Ring": "Ring", "Ringing": "Ringing", StateUp: StateUp}

func shared(s State) State {
	if known, ok := states[s]; ok {
		return known
	}
	return s
}

// members replaces a bridge's members, takes the list over, and refreshes what each channel concerned knows of its bridge.
func (x *Index) members(node, id string, now []string) {
	known := x.bridges[key{node, id}]
	if known != nil {
		for _, member := range known.members {
			if c := x.channel(node, member); c != nil && c.Bridge == id {
				c.Bridge, c.Bridged = "", false
			}
		}
	}
	if len(now) == 0 {
		delete(x.bridges, key{node, id})
		return
	}
	if known == nil {
		known = &bridge{id: id}
		x.bridges[key{node, id}] = known
	}
	known.members = now
	for i, member := range now {
		if c := x.channel(node, member); c != nil {
			now[i], c.Bridge, c.Bridged = c.UniqueID, known.id, len(now) > 1
		}
	}
}

// set is a group of channels of one node.
type set map[*entry]bool

// add takes the channel in if there is one and it is of the node.
func (s set) add(node string, c *entry) {
	if c != nil && c.Node == node {
		s[c] = true
	}
}

// recordable copies the set's recordable channels, oldest first.
func (s set) recordable() []Channel {
	list := make([]Channel, 0, len(s))
	for c := range s {
		if c.Recordable() {
			list = append(list, c.Channel)
		}
	}
	sortChannels(list)
	return list
}

func without(list []string, gone string) []string {
	kept := make([]string, 0, len(list))
	for _, member := range list {
		if member != gone {
			kept = append(kept, member)
		}
	}
	return kept
}
