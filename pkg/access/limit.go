package access

import (
	"container/heap"
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate bounds requests.
type Rate struct {
	PerSecond float64 // 0: no limit; else from 0.001 upwards
	Burst     int     // how many may come at once; less than 1 counts as 1
}

// maxNames bounds a limiter's memory to a few megabytes.
const maxNames = 10_000

// Limiter counts requests by somebody's name. It is safe for concurrent use, and its memory is bounded however many names
// there are: a bucket that is full again is like one that never was, and is dropped. If there are too many others, the one
// that would be full next goes. Who wants to be rid of an empty bucket of their own has to empty all the others first.
type Limiter struct {
	rate Rate

	mu      sync.Mutex
	buckets map[string]*bucket
	queue   queue
}

type bucket struct {
	name   string
	tokens *rate.Limiter
	full   time.Time // when it is, if nothing more is taken
	place  int       // in the queue
}

// NewLimiter makes a limiter that gives each name the same rate.
func NewLimiter(r Rate) *Limiter {
	r.Burst = max(r.Burst, 1)
	return &Limiter{rate: r, buckets: make(map[string]*bucket)}
}

// Allow takes one request of the name's, or tells how long it has to wait for the next.
func (l *Limiter) Allow(name string) (wait time.Duration, ok bool) {
	if l.rate.PerSecond <= 0 {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.dropFull(now)
	b := l.bucket(name, now)
	if !b.tokens.AllowN(now, 1) {
		return l.refill(1 - b.tokens.TokensAt(now)), false
	}
	b.full = now.Add(l.refill(float64(l.rate.Burst) - b.tokens.TokensAt(now)))
	heap.Fix(&l.queue, b.place)
	return 0, true
}

// dropFull drops every bucket that is full again. Each was filled by a request, so this costs one step per request in all.
func (l *Limiter) dropFull(now time.Time) {
	for len(l.queue) > 0 && !l.queue[0].full.After(now) {
		l.drop()
	}
}

func (l *Limiter) drop() {
	b := heap.Pop(&l.queue).(*bucket)
	delete(l.buckets, b.name)
}

// bucket returns the name's bucket, a full one if there is none.
func (l *Limiter) bucket(name string, now time.Time) *bucket {
	if b, ok := l.buckets[name]; ok {
		return b
	}
	if len(l.queue) == maxNames {
		l.drop()
	}
	b := &bucket{name: name, tokens: rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst), full: now}
	l.buckets[name] = b
	heap.Push(&l.queue, b)
	return b
}

// refill is how long the tokens take to come. Rounded down, it would be over a moment before they are there.
func (l *Limiter) refill(tokens float64) time.Duration {
	return time.Duration(math.Ceil(tokens / l.rate.PerSecond * float64(time.Second)))
}

// queue is a heap of buckets, the one first that is full first.
type queue []*bucket

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].full.Before(q[j].full) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

func (q *queue) Push(b any) {
	b.(*bucket).place = len(*q)
	*q = append(*q, b.(*bucket))
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	b := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return b
}

// AddressName is an address's name for a limiter. Who has one address of IPv6 has its network of 64 bits, too: all of it
// counts as one.
func AddressName(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if address.Is6() {
		return netip.PrefixFrom(address, 64).Masked().String()
	}
	return address.String()
}
