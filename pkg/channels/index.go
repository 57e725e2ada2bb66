package channels

import (
	"cmp"
	"slices"
	"sort"
	"sync"
)

// key names something by an id that is unique on one node only.
type key struct{ node, id string }

// bridge is a bridge with its members' uniqueids.
type bridge struct {
	id      string
	members []string
}

// Index holds the live channels of all nodes, found in O(1) by uniqueid, extension and linkedid. It is safe for
// concurrent use; every value handed out is a copy.
type Index struct {
	mu      sync.RWMutex
	ready   map[string]bool // by node; a node that was never named is unknown
	named   [kinds]chains
	bridges map[key]*bridge
	locals  map[key]*entry // Local channels by their names
	changed chan struct{}  // closed at the next change; nil while nobody waits
}

// NewIndex makes an empty index for the named nodes, none of which is ready.
func NewIndex(nodes ...string) *Index {
	x := &Index{ready: make(map[string]bool, len(nodes)), bridges: make(map[key]*bridge), locals: make(map[key]*entry)}
	for k := range x.named {
		x.named[k] = chains{kind(k), make(map[string]*entry)}
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
	old := x.channel(c.Node, c.UniqueID)
	if old == nil {
		x.link(c)
		return
	}
	if c.Hold == HoldUnknown {
		c.Hold = old.Hold
	}
	if c.LinkedID == "" {
		c.LinkedID = old.LinkedID
	}
	c.Bridge, c.Bridged = old.Bridge, old.Bridged
	x.renew(old, c)
}

// Remove forgets a channel that was destroyed; an unknown one is no error, since events may arrive twice.
func (x *Index) Remove(node, uniqueID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	c := x.channel(node, uniqueID)
	if c == nil {
		return
	}
	x.unlink(c)
	if b := x.bridges[key{node, c.Bridge}]; b != nil {
		x.members(node, c.Bridge, without(b.members, uniqueID))
	}
}

// SetHold tells that the channel's phone pressed hold or took it back.
func (x *Index) SetHold(node, uniqueID string, hold Hold) {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	if c := x.channel(node, uniqueID); c != nil {
		c.Hold = hold
	}
}

// SetLinkedID fills in a linkedid that was asked for separately.
func (x *Index) SetLinkedID(node, uniqueID, linkedID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.channel(node, uniqueID); c != nil {
		now := c.Channel
		now.LinkedID = linkedID
		x.renew(c, now)
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
	for c := range x.all() {
		if c.Node == node {
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
		if twice := x.channel(node, c.UniqueID); twice != nil {
			x.renew(twice, c)
		} else {
			x.link(c)
		}
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
	c := x.channel(node, uniqueID)
	if c == nil {
		return Channel{}, false
	}
	return c.Channel, true
}

// Call returns the recordable channels that belong to one call with the given one, itself first: those of its linkedid
// and those in its bridge.
func (x *Index) Call(node, uniqueID string) []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	own := x.channel(node, uniqueID)
	if own == nil {
		return nil
	}
	legs := set{}
	for c := range x.named[ofCall].under(own.LinkedID) {
		legs.add(node, c)
	}
	if b := x.bridges[key{node, own.Bridge}]; b != nil {
		for _, member := range b.members {
			legs.add(node, x.channel(node, member))
		}
	}
	delete(legs, own)
	return append([]Channel{own.Channel}, legs.recordable()...)
}

// All returns every live channel, oldest first.
func (x *Index) All() []Channel {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]Channel, 0, len(x.named[ofID].latest))
	for c := range x.all() {
		list = append(list, c.Channel)
	}
	sortChannels(list)
	return list
}

// Len counts the live channels of a node, our snoop channels and other helpers left out.
func (x *Index) Len(node string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	count := 0
	for c := range x.all() {
		if c.Node == node && c.Recordable() {
			count++
		}
	}
	return count
}

// sortChannels orders by age; uniqueid and node decide between twins so that answers do not change from call to call.
func sortChannels(list []Channel) {
	slices.SortFunc(list, func(a, b Channel) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.UniqueID, b.UniqueID), cmp.Compare(a.Node, b.Node))
	})
}
