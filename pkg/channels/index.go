package channels

import (
	"cmp"
	"slices"
	"sort"
	"sync"
)

// key names a channel or a bridge: ids are unique on one node only.
type key struct{ node, id string }

// set is a group of channels that share an extension, a linkedid or a uniqueid.
type set map[key]*Channel

// Index holds the live channels of all nodes, found in O(1) by uniqueid, extension and linkedid. It is safe for
// concurrent use; every value handed out is a copy.
type Index struct {
	mu          sync.RWMutex
	ready       map[string]bool // by node; a node that was never named is unknown
	channels    map[key]*Channel
	bridges     map[key][]string // members' uniqueids
	byUniqueID  map[string]set
	byExtension map[string]set
	byLinkedID  map[string]set
	locals      map[key]*Channel // Local channels by their names
	changed     chan struct{}    // closed at the next change; nil while nobody waits
}

// NewIndex makes an empty index for the named nodes, none of which is ready.
func NewIndex(nodes ...string) *Index {
	x := &Index{
		ready:       make(map[string]bool, len(nodes)),
		channels:    make(map[key]*Channel),
		bridges:     make(map[key][]string),
		byUniqueID:  make(map[string]set),
		byExtension: make(map[string]set),
		byLinkedID:  make(map[string]set),
		locals:      make(map[key]*Channel),
	}
	for _, node := range nodes {
		x.ready[node] = false
	}
	return x
}

// Put tells the channel's facts as an event gave them. What events do not carry stays as it was: Hold if c.Hold is
// HoldUnknown, LinkedID if empty, the bridge always.
func (x *Index) Put(c Channel) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	id := key{c.Node, c.UniqueID}
	if old, ok := x.channels[id]; ok {
		if c.Hold == HoldUnknown {
			c.Hold = old.Hold
		}
		if c.LinkedID == "" {
			c.LinkedID = old.LinkedID
		}
		c.Bridge, c.Bridged = old.Bridge, old.Bridged
		x.unlink(old)
	}
	x.link(&c)
}

// Remove forgets a channel that was destroyed; an unknown one is no error, since events may arrive twice.
func (x *Index) Remove(node, uniqueID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	c, ok := x.channels[key{node, uniqueID}]
	if !ok {
		return
	}
	x.unlink(c)
	if c.Bridge != "" {
		x.members(node, c.Bridge, without(x.bridges[key{node, c.Bridge}], uniqueID))
	}
}

// SetHold tells that the channel's phone pressed hold or took it back.
func (x *Index) SetHold(node, uniqueID string, hold Hold) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	if c, ok := x.channels[key{node, uniqueID}]; ok {
		c.Hold = hold
	}
}

// SetLinkedID fills in a linkedid that was asked for separately.
func (x *Index) SetLinkedID(node, uniqueID, linkedID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c, ok := x.channels[key{node, uniqueID}]; ok {
		x.unlink(c)
		c.LinkedID = linkedID
		x.link(c)
	}
}

// SetBridge tells a bridge's members as they are now; none means that the bridge is gone or empty.
func (x *Index) SetBridge(node, bridge string, members []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	x.members(node, bridge, members)
}

// Replace puts a whole listing in the place of all that was known of the node; bridges maps a bridge's id to its
// members' uniqueids. Hold becomes unknown: no listing tells it.
func (x *Index) Replace(node string, list []Channel, bridges map[string][]string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	for id, c := range x.channels {
		if id.node == node {
			x.unlink(c)
		}
	}
	for id := range x.bridges {
		if id.node == node {
			delete(x.bridges, id)
		}
	}
	for _, c := range list {
		c.Node, c.Hold, c.Bridge, c.Bridged = node, HoldUnknown, "", false
		x.link(&c)
	}
	for bridge, members := range bridges {
		x.members(node, bridge, members)
	}
}

// SetReady tells whether the node's channels are known completely. A node that is not ready resolves nothing: a call
// that is missing from the list could be the one that is meant.
func (x *Index) SetReady(node string, ready bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	x.ready[node] = ready
}

// Ready tells whether the node's channels are known completely.
func (x *Index) Ready(node string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.ready[node]
}

// Changed returns a channel that is closed at the next change of anything that Resolve looks at.
func (x *Index) Changed() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.changed == nil {
		x.changed = make(chan struct{})
	}
	return x.changed
}

// tell wakes whoever waits for a change. It is called with the index locked.
func (x *Index) tell() {
	if x.changed != nil {
		close(x.changed)
		x.changed = nil
	}
}

// Nodes names the nodes, in order of their names.
func (x *Index) Nodes() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	names := make([]string, 0, len(x.ready))
	for node := range x.ready {
		names = append(names, node)
	}
	sort.Strings(names)
	return names
}

// Get returns the channel with the uniqueid on the node.
func (x *Index) Get(node, uniqueID string) (Channel, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, ok := x.channels[key{node, uniqueID}]
	if !ok {
		return Channel{}, false
	}
	return *c, true
}

// Call returns the recordable channels that belong to one call with the given one, itself first: those of its linkedid
// and those in its bridge.
func (x *Index) Call(node, uniqueID string) []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	own, ok := x.channels[key{node, uniqueID}]
	if !ok {
		return nil
	}
	legs := set{}
	for id, c := range x.byLinkedID[own.LinkedID] {
		if id.node == node {
			legs[id] = c
		}
	}
	for _, member := range x.bridges[key{node, own.Bridge}] {
		if c, ok := x.channels[key{node, member}]; ok {
			legs[key{node, member}] = c
		}
	}
	delete(legs, key{node, uniqueID})
	return append([]Channel{*own}, legs.recordable()...)
}

// All returns every live channel, oldest first.
func (x *Index) All() []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]Channel, 0, len(x.channels))
	for _, c := range x.channels {
		list = append(list, *c)
	}
	sortChannels(list)
	return list
}

// Len counts the live channels of a node, our snoop channels and other helpers left out.
func (x *Index) Len(node string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	count := 0
	for id, c := range x.channels {
		if id.node == node && c.Recordable() {
			count++
		}
	}
	return count
}

// recordable copies the set's recordable channels, oldest first.
func (s set) recordable() []Channel {
	list := make([]Channel, 0, len(s))
	for _, c := range s {
		if c.Recordable() {
			list = append(list, *c)
		}
	}
	sortChannels(list)
	return list
}

// sortChannels orders by age; uniqueid and node decide between twins so that answers do not change from call to call.
func sortChannels(list []Channel) {
	slices.SortFunc(list, func(a, b Channel) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.UniqueID, b.UniqueID), cmp.Compare(a.Node, b.Node))
	})
}
