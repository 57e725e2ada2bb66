package recording

import "time"

// A recording that follows its call goes on without its channel: around one of those who were left in the call, for as
// long as one is there. Who is alone may be parked, queue, or wait in a conference, for minutes: what is said when somebody
// comes belongs to the call, and silence before it harms nobody.

// staying is how long ago somebody may have left the recorded channel and still go on with the call: a transfer.
const staying = 5 * time.Second

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

// over tells whether a recording without its channel has nobody left to go on with.
func (p *parties) over(id string, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[id]
	return f != nil && f.carried && !p.carry(f, at)
}

// goesOn tells whether the recording outlives its channel, whose track has ended. Whoever asks keeps everybody else off it.
func (s *Service) goesOn(r *Recording) bool {
	if s.Follow != FollowCall || !r.byParty() || r.State == Stopping || r.StartedAt.IsZero() {
		return false
	}
	return s.hungUp(r) && s.parties.carryOn(r.ID, s.now()) // else it has reached its longest duration, or somebody has ended it
}
