package recording

import "time"

// A recording that follows its call goes on without its channel: around one of those who were left in the call, for as
// long as that one has somebody to talk with.

const (
	staying  = 5 * time.Second // who has left the recorded channel no longer ago may go on with the call: a transfer
	solitude = 5 * time.Second // how long one party alone is still taken for a call that is being transferred
)

// carried tells whether the recording goes on without its channel.
func (p *parties) carried(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[id]
	return f != nil && f.carried
}

// carryOn looks for somebody around whom a recording can go on whose channel is gone, and tells whether there is one.
func (p *parties) carryOn(id string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[id]
	return f != nil && p.carry(f, at)
}

func (p *parties) carry(f *follower, at time.Time) bool {
	if _, lives := p.index.Get(f.node, f.root); lives {
		return true
	}
	f.carried = true
	p.look(f, at)
	found, bridged := "", false
	for uniqueID, since := range f.left {
		c, lives := p.index.Get(f.node, uniqueID)
		if lives && at.Sub(since) <= staying && (found == "" || c.Bridge != "" && !bridged) {
			found, bridged = uniqueID, c.Bridge != ""
		}
	}
	if found == "" {
		return false
	}
	f.root, f.present[found] = found, f.left[found] // it was never away
	p.look(f, at)
	return true
}

// over tells whether a recording without its channel has nobody left to go on with. Where one is alone, that may be a
// transfer under way: it is looked at again.
func (p *parties) over(id string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[id]
	if f == nil || !f.carried {
		return false
	}
	if !p.carry(f, at) {
		return true
	}
	if len(f.present) > 1 || p.ringing(f) {
		f.alone = time.Time{}
		return false
	}
	if f.alone.IsZero() {
		f.alone = at
	}
	if left := solitude - at.Sub(f.alone); left > 0 {
		p.later(id, left)
		return false
	}
	return true
}

// ringing tells whether somebody is being called who may join.
func (p *parties) ringing(f *follower) bool {
	for uniqueID := range f.expected {
		if c, lives := p.index.Get(f.node, uniqueID); lives && c.Recordable() {
			return true
		}
	}
	return false
}

// goesOn tells whether the recording outlives its channel, whose track has ended. Whoever asks keeps everybody else off it.
func (s *Service) goesOn(r *Recording) bool {
	if s.Follow != FollowCall || !r.byParty() || r.State == Stopping || r.StartedAt.IsZero() {
		return false
	}
	return s.hungUp(r) && s.parties.carryOn(r.ID, s.now()) // else it has reached its longest duration, or somebody has ended it
}
