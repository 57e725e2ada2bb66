package recording

import (
	"maps"
	"sync"
	"time"
)

// What is remembered of plays: one entry of the audit trail is for so long, and for so many listeners at once.
const (
	playTime = time.Minute
	maxPlays = 4096
)

// listener is somebody to whom a recording's audio was handed out.
type listener struct{ id, username, actor, address string }

// plays remembers whose playing is in the audit trail already. A player that seeks asks for part after part; that is one
// play, and a commit for each part would make it stutter.
type plays struct {
	mu sync.Mutex
	at map[listener]time.Time // when the entry was written
}

// goesOn tells whether the trail has an entry of the last minute for the listener.
func (p *plays) goesOn(l listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, known := p.at[l]
	return known && time.Since(at) < playTime
}

// note remembers an entry. Where there are too many, the old ones are forgotten: their next part gets an entry of its own.
func (p *plays) note(l listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.at) >= maxPlays {
		maps.DeleteFunc(p.at, func(_ listener, at time.Time) bool { return time.Since(at) >= playTime })
	}
	if p.at == nil || len(p.at) >= maxPlays {
		p.at = make(map[listener]time.Time)
	}
	p.at[l] = time.Now()
}
