package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ari-recorder/api"
	"ari-recorder/pkg/access"
	"ari-recorder/pkg/recording"
)

// How many denied requests get a row of their own in the audit trail: each address's first denialBurst and then one every
// ten seconds, and ten times that of all addresses together. What comes on top is counted, and the count is a row at the
// end of a denialTick: somebody who hammers at the door with a wrong key costs thousands of rows a day and not millions,
// and their requests are still told. The log has a line for each.
const (
	denialBurst     = 60
	denialsASecond  = 0.1
	denialTick      = 10 * time.Second
	denialAddresses = 100         // that are counted by themselves in a tick; all others are counted together
	countsBound     = time.Second // how long the counts of a tick may take; what comes later is in the log alone
)

// denials writes refused requests into the audit trail without letting a flood of them through to the database.
type denials struct {
	write func(context.Context, recording.AuditEntry) // nil: nowhere
	each  *access.Limiter
	all   *access.Limiter

	mu     sync.Mutex
	held   map[string]*denial // by address
	tick   *time.Timer        // nil: nothing is held
	closed bool
	ticks  sync.WaitGroup
}

// denial is the latest of the requests that were only counted.
type denial struct {
	last  recording.AuditEntry
	count int
}

func newDenials(write func(context.Context, recording.AuditEntry)) *denials {
	return &denials{
		write: write,
		each:  access.NewLimiter(access.Rate{PerSecond: denialsASecond, Burst: denialBurst}),
		all:   access.NewLimiter(access.Rate{PerSecond: 10 * denialsASecond, Burst: 10 * denialBurst}),
		held:  make(map[string]*denial),
	}
}

// deny has a refusal of the guard's written down if it is about who asks, and returns it.
func (s *Server) deny(c echo.Context, err error) error {
	e := explain(err)
	switch api.ProblemOf(string(e.Code)).Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		r := c.Request()
		s.Denied(r.Context(), recording.AuditEntry{
			Action: recording.ActionDenied, Actor: Actor(c),
			Subject: r.Method + " " + printable(r.URL), Outcome: string(e.Code),
		})
	}
	return err
}

// Denied writes into the audit trail that a request was refused, as the guard does and doors do: at once, or, if there
// are very many, counted together.
func (s *Server) Denied(ctx context.Context, e recording.AuditEntry) {
	if s.denials.write != nil {
		e.Subject = redact(e.Subject)
		s.denials.note(ctx, addressName(e.Actor.Address), e)
	}
}

// note writes the entry down, or counts it.
func (d *denials) note(ctx context.Context, address string, e recording.AuditEntry) {
	if _, ok := d.each.Allow(address); ok {
		if _, ok = d.all.Allow(""); ok {
			d.write(ctx, e)
			return
		}
	}
	d.hold(address, e)
}

func (d *denials) hold(address string, e recording.AuditEntry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held[address] == nil {
		if len(d.held) >= denialAddresses {
			address = ""
		}
		if d.held[address] == nil {
			d.held[address] = &denial{}
		}
	}
	d.held[address].last = e
	d.held[address].count++
	if d.tick == nil && !d.closed {
		d.ticks.Add(1)
		d.tick = time.AfterFunc(denialTick, func() {
			defer d.ticks.Done()
			d.flush()
		})
	}
}

// flush writes down what was counted.
func (d *denials) flush() {
	d.mu.Lock()
	held := d.held
	d.held, d.tick = make(map[string]*denial), nil
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), countsBound)
	defer cancel()
	for address, counted := range held {
		if ctx.Err() != nil {
			return
		}
		e := counted.last
		if address == "" {
			e.Actor = recording.Actor{Address: "several"}
		}
		if address == "" || counted.count > 1 {
			e.Subject = fmt.Sprintf("%d requests, the latest: %s", counted.count, e.Subject)
		}
		d.write(ctx, e)
	}
}

// close writes down what is left. Nothing is noted any more.
func (d *denials) close() {
	d.mu.Lock()
	d.closed = true
	pending := d.tick != nil && d.tick.Stop()
	d.mu.Unlock()
	if pending {
		d.ticks.Done()
		d.flush()
	}
	d.ticks.Wait()
}
