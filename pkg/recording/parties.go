package recording

import (
	"maps"
	"slices"
	"sync"
	"time"

	"ari-recorder/pkg/channels"
)

// parties follows who talks with the recorded channels of this instance, from event to event. It holds what is true now
// and what the rows do not say yet; both are written at once, or are found anew after a crash. Its methods return at once:
// events are read by whoever calls heard.
type parties struct {
	index *channels.Index
	due   *queue // recordings at which something is to be opened or written
	mu    sync.Mutex
	byID  map[string]*follower
	at    map[string]map[*follower]bool // by node/ and the id of a channel, bridge or Local half, or node/L/ and a linkedid
}

// follower is one recording.
type follower struct {
	id, node, key string
	root          string               // around whom the parties are: the recorded channel, or who has stayed when it was gone
	carried       bool                 // the recorded channel is gone
	present       map[string]time.Time // since when who talks with it
	left          map[string]time.Time // when who has left it, and not come back
	expected      map[string]bool      // channels that may be about to join, and Local ones that may lead to some
	open          map[string]bool      // names of the tracks that run
	past          []parting            // what the row does not say yet
	lost          []Span               // times in which events were missed, which the row does not say yet
	cut           time.Time            // since when events are being missed; zero: they are heard
	places        []string
}

// parting is a party that has left.
type parting struct {
	uniqueID string
	from, to time.Time
}

func newParties(index *channels.Index) *parties {
	return &parties{index: index, due: newQueue(4096), byID: make(map[string]*follower), at: make(map[string]map[*follower]bool)}
}

// follow begins to follow a recording on the channel and returns who talks with it.
func (p *parties) follow(id string, c channels.Channel, at time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := &follower{
		id: id, node: c.Node, key: c.Node + "/" + c.UniqueID, root: c.UniqueID, present: make(map[string]time.Time), left: make(map[string]time.Time),
		expected: make(map[string]bool), open: make(map[string]bool),
	}
	p.byID[id] = f
	p.look(f, at)
	return slices.Sorted(maps.Keys(f.present))
}

// drop ends that.
func (p *parties) drop(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.byID[id]; f != nil {
		p.unplace(f)
		delete(p.byID, id)
	}
}

// heard takes an event. Those that concern no recording, nearly all, cost a look into a map.
func (p *parties) heard(sig Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := sig.At.UTC().Truncate(time.Microsecond)
	switch sig.Kind {
	case Moved:
		for f := range p.placed(sig.Node, sig.Name, sig.Bridge) {
			delete(f.expected, sig.Name)
			p.changed(f, at)
		}
	case Calling:
		p.calling(sig)
	case EventsCut, Resynced:
		for _, f := range p.byID {
			if f.node == sig.Node {
				p.interrupted(f, sig.Kind == EventsCut, at)
			}
		}
	}
}

// changed looks anew at who talks, and sees to it that it is written: at once where somebody is to be listened to, else a
// moment later, for the end of the recording often follows.
func (p *parties) changed(f *follower, at time.Time) {
	switch joined, left := p.look(f, at); {
	case joined:
		p.due.put(f.id)
	case left:
		p.later(f.id, lull)
	}
}

// lull is how long the news that somebody has left waits for more of its kind.
const lull = 250 * time.Millisecond

// later lets a recording become due.
func (p *parties) later(id string, after time.Duration) {
	time.AfterFunc(after, func() { p.due.put(id) })
}

// interrupted notes a time without events. Who was there before it and after it is taken to have been there all the while.
func (p *parties) interrupted(f *follower, cut bool, at time.Time) {
	switch {
	case cut && f.cut.IsZero():
		f.cut = at
	case !cut:
		if !f.cut.IsZero() {
			f.lost, f.cut = append(f.lost, Span{f.cut, at}), time.Time{}
		}
		p.look(f, at)
		p.due.put(f.id)
	}
}

// calling notes a channel that is called by one of a call, or belongs to it by its linkedid.
func (p *parties) calling(sig Signal) {
	places := []string{sig.By, p.index.OtherHalf(sig.Node, sig.By)}
	c, lives := p.index.Get(sig.Node, sig.Name)
	if sig.By == "" && c.LinkedID != "" {
		places = []string{"L/" + c.LinkedID}
	}
	for f := range p.placed(sig.Node, places...) {
		if sig.Name == f.root || f.expected[sig.Name] || len(f.expected) >= maxExpected {
			continue
		}
		if _, talks := f.present[sig.Name]; talks {
			continue
		}
		f.expected[sig.Name] = true
		p.place(f)
		if lives && c.Recordable() {
			p.due.put(f.id)
		}
	}
}

// look compares who talks now with who did, and tells what has changed.
func (p *parties) look(f *follower, at time.Time) (joined, left bool) {
	peers, _ := p.index.Peers(f.node, f.root)
	now := make(map[string]bool, len(peers))
	for _, c := range peers {
		if len(peers) <= maxParties && c.Hold != channels.HoldOn { // who has pressed hold is not heard by the others
			now[c.UniqueID] = true
		}
	}
	if _, lives := p.index.Get(f.node, f.root); f.carried && lives {
		now[f.root] = true
	}
	for uniqueID, since := range f.present {
		if !now[uniqueID] {
			delete(f.present, uniqueID)
			f.left[uniqueID] = at
			f.past, left = append(f.past, parting{uniqueID, since, at}), true
		}
	}
	for uniqueID := range now {
		if _, was := f.present[uniqueID]; !was {
			f.present[uniqueID], joined = at, true
		}
		delete(f.expected, uniqueID)
		delete(f.left, uniqueID)
	}
	p.place(f)
	return joined, left
}

// place registers the follower wherever an event may concern it.
func (p *parties) place(f *follower) {
	p.unplace(f)
	peers, links := p.index.Peers(f.node, f.root)
	f.places = append(f.places[:0], f.root)
	f.places = append(f.places, links...)
	for _, c := range peers { // those whom nobody hears now, too
		f.places = append(f.places, c.UniqueID)
	}
	f.places = slices.AppendSeq(f.places, maps.Keys(f.present))
	for uniqueID := range f.expected {
		f.places = append(f.places, uniqueID, p.index.OtherHalf(f.node, uniqueID))
	}
	if c, lives := p.index.Get(f.node, f.root); lives && c.LinkedID != "" {
		f.places = append(f.places, "L/"+c.LinkedID)
	}
	for _, place := range f.places {
		key := f.node + "/" + place
		if p.at[key] == nil {
			p.at[key] = make(map[*follower]bool)
		}
		p.at[key][f] = true
	}
}

func (p *parties) unplace(f *follower) {
	for _, place := range f.places {
		key := f.node + "/" + place
		delete(p.at[key], f)
		if len(p.at[key]) == 0 {
			delete(p.at, key)
		}
	}
}

// placed are the followers that an event at one of the places concerns; an empty place is none.
func (p *parties) placed(node string, places ...string) map[*follower]bool {
	all := make(map[*follower]bool)
	for _, place := range places {
		if place != "" {
			maps.Copy(all, p.at[node+"/"+place])
		}
	}
	return all
}
