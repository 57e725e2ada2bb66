package channels

// This file keeps the index's maps in step with one another. Its methods are called with the index locked.

func (x *Index) link(c *Channel) {
	id := key{c.Node, c.UniqueID}
	x.channels[id] = c
	add(x.byUniqueID, c.UniqueID, id, c)
	add(x.byExtension, c.Extension, id, c)
	add(x.byLinkedID, c.LinkedID, id, c)
	if c.isLocal() {
		x.locals[key{c.Node, c.Name}] = c
	}
}

func (x *Index) unlink(c *Channel) {
	id := key{c.Node, c.UniqueID}
	delete(x.channels, id)
	remove(x.byUniqueID, c.UniqueID, id)
	remove(x.byExtension, c.Extension, id)
	remove(x.byLinkedID, c.LinkedID, id)
	if c.isLocal() {
		delete(x.locals, key{c.Node, c.Name})
	}
}

// members replaces a bridge's members and refreshes what each channel concerned knows of its bridge.
func (x *Index) members(node, bridge string, now []string) {
	id := key{node, bridge}
	for _, member := range x.bridges[id] {
		if c, ok := x.channels[key{node, member}]; ok && c.Bridge == bridge {
			c.Bridge, c.Bridged = "", false
		}
	}
	if len(now) == 0 {
		delete(x.bridges, id)
		return
	}
	x.bridges[id] = now
	for _, member := range now {
		if c, ok := x.channels[key{node, member}]; ok {
			c.Bridge, c.Bridged = bridge, len(now) > 1
		}
	}
}

// add files the channel under name; the empty name is nobody's, so that channels without a linkedid are not one call.
func add(sets map[string]set, name string, id key, c *Channel) {
	if name == "" {
		return
	}
	if sets[name] == nil {
		sets[name] = set{}
	}
	sets[name][id] = c
}

func remove(sets map[string]set, name string, id key) {
	delete(sets[name], id)
	if len(sets[name]) == 0 {
		delete(sets, name)
	}
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
