package recording

import (
	"maps"
	"slices"
	"time"
)

// news is what a recording's row may not say yet.
type news struct {
	key     string
	present map[string]time.Time
	awaited []string // channels that may be about to join
	open    map[string]bool
	past    []parting
	lost    []Span
	cut     time.Time // since when events are being missed; zero: they are heard
}

// news copies what is known; ok is false for a recording that is not followed.
func (p *parties) news(id string) (n news, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.byID[id]
	if f == nil {
		return news{}, false
	}
	return news{
		key: f.key, present: maps.Clone(f.present), awaited: slices.Sorted(maps.Keys(f.expected)), open: maps.Clone(f.open),
		past: slices.Clone(f.past), lost: slices.Clone(f.lost), cut: f.cut,
	}, true
}

// written forgets what the row says now.
func (p *parties) written(id string, n news) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.byID[id]; f != nil {
		f.past, f.lost = f.past[len(n.past):], f.lost[len(n.lost):]
	}
}

// opened and closed follow the recording's tracks.
func (p *parties) opened(id string, names ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.byID[id]; f != nil {
		for _, name := range names {
			f.open[name] = true
		}
	}
}

func (p *parties) closed(id, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.byID[id]; f != nil {
		delete(f.open, name)
	}
}

// follows tells whether the recording is followed.
func (p *parties) follows(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id] != nil
}

// followed are the recordings that are followed.
func (p *parties) followed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.byID))
}

// review lets every followed recording of the node be looked at: what an event did not tell, or a track that could not be
// opened, is made up for.
func (p *parties) review(node string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.byID {
		if f.node == node && f.cut.IsZero() {
			p.look(f, at)
			p.due.put(f.id)
		}
	}
}

// settle writes the news into the recording, and tells what has happened, oldest first.
func (n news) settle(r *Recording) (events []Event) {
	for _, gone := range n.past {
		if r.leave(gone.uniqueID, gone.from, gone.to) {
			events = append(events, Event{At: gone.to, Kind: EventPartyLeft, Detail: gone.uniqueID})
		}
	}
	for _, uniqueID := range slices.Sorted(maps.Keys(n.present)) {
		if since := n.present[uniqueID]; r.join(uniqueID, since) {
			events = append(events, Event{At: since, Kind: EventPartyJoined, Detail: uniqueID})
		}
	}
	for _, span := range n.lost {
		r.Gaps = append(r.Gaps, r.gap(span, GapUncertain, "", missedEvents))
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	return events
}

// disperse writes what is left to say of a recording's parties into it, and lets all of them leave at its end.
func (s *Service) disperse(r *Recording) {
	if n, followed := s.parties.news(r.ID); followed {
		talked := slices.Clone(n.past) // in its order the row has it written
		for uniqueID, since := range n.present {
			talked = append(talked, parting{uniqueID, since, r.EndedAt})
		}
		s.nameUnheard(r, talked)
		if !n.cut.IsZero() && n.cut.Before(r.EndedAt) {
			n.lost = append(n.lost, Span{n.cut, r.EndedAt})
		}
		if heard := s.phones.HeardUntil(r.Node).UTC().Truncate(time.Microsecond); n.cut.IsZero() && heard.Before(r.EndedAt) {
			n.lost = append(n.lost, Span{heard, r.EndedAt})
		}
		n.settle(r)
	}
	r.part(r.EndedAt)
}

// nameUnheard gives those a track who came while none could be written, because the database was away: nothing is on it, but
// the row can say when they talked, so that what the recorded channel heard is taken instead, and the ledger tells.
func (s *Service) nameUnheard(r *Recording, talked []parting) {
	slices.SortStableFunc(talked, func(a, b parting) int { return a.from.Compare(b.from) })
	for _, p := range talked {
		if p.to.Sub(p.from) > unheard && r.ofParty(p.uniqueID) == nil && len(r.Tracks) < maxTracks {
			s.addTrack(r, p.uniqueID, DirectionIn)
		}
	}
}

const missedEvents = "Asterisk's events were missed: who talked with whom is not certain"

// gap is a line of the ledger for a time on the clock.
func (r *Recording) gap(s Span, kind GapKind, channel, cause string) Gap {
	return Gap{max(0, s.From.Sub(r.StartedAt)), max(0, s.To.Sub(r.StartedAt)), kind, channel, cause}
}
