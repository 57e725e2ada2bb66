package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"ari-recorder/deploy/lab"
	"ari-recorder/deploy/run"
	"ari-recorder/pkg/asterisk/asterisktest"
)

// ended is how many of a hundred calls end while the connection to Asterisk is lost.
const ended = 5

// reconcile measures how long the service takes to be in step with an Asterisk that carries very many recordings: at its
// start, when all of them have to be taken back, and after its connection was lost, when some have ended meanwhile; and how
// long starts take at that time, beside the same starts in peace.
func (b *bench) reconcile(ctx context.Context) (err error) {
	if err := lab.Install(ctx, os.Stderr, lab.RootMariaDB); err != nil {
		return err
	}
	db, err := lab.StartMariaDB(ctx, lab.DBOptions{})
	if err != nil {
		return err
	}
	defer join(&err, db.Close)
	b.print("%d recordings run, %d are stored; the Asterisk is a fake that speaks ARI:", b.open, b.stored)
	for _, on := range []struct{ name, url string }{{"SQLite", ""}, {"MariaDB", db.URL}} {
		if err := b.reconcileOn(ctx, on.name, on.url); err != nil {
			return fmt.Errorf("%s: %w", on.name, err)
		}
	}
	return nil
}

func (b *bench) reconcileOn(ctx context.Context, name, url string) (err error) {
	folder, remove, err := freshFolder()
	if err != nil {
		return err
	}
	defer join(&err, remove)
	if err := b.populate(ctx, folder, url); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	on := &stage{}
	defer on.close()
	server := crowd(on, b.open)
	news := &news{lines: make(chan line, 1<<16)}
	settings := []string{
		"DATA_DIR=" + folder, "DATABASE_URL=" + url, "INSTANCE=" + benchInstance, "ASTERISK_APPLICATION=" + benchApplication,
		"ASTERISK_URL=" + server.URL, "ASTERISK_USERNAME=" + server.Username, "ASTERISK_PASSWORD=" + server.Password,
	}
	p, err := run.Start(ctx, b.binary, settings, news)
	if err != nil {
		return err
	}
	service := &process{Process: p}
	defer join(&err, service.close)
	starts := b.starting(ctx, p)
	defer starts.end()
	first, err := news.reconciled(ctx)
	if err != nil {
		return err
	}
	b.tell(name, "service started", first, starts.take())
	if err := news.calm(ctx); err != nil {
		return err
	}
	starts.take()
	<-time.After(3 * time.Second)
	peace := starts.take()
	b.print("  %-8s %-24s starts: %s", name, "in peace", peace)
	return b.reconnected(ctx, name, server, news, starts)
}

// reconnected cuts the events, lets calls end that nobody hears of, and measures what follows.
func (b *bench) reconnected(ctx context.Context, name string, server *asterisktest.Server, news *news, starts *starter) error {
	server.SetBooting(true)
	server.CutEvents()
	for i := range b.open * ended / 100 {
		server.HangUp(uniqueID(i))
	}
	starts.take()
	news.forget()
	server.SetBooting(false)
	again, err := news.reconciled(ctx)
	if err != nil {
		return err
	}
	b.tell(name, fmt.Sprintf("reconnected, %d ended", b.open*ended/100), again, starts.take())
	return nil
}

func (b *bench) tell(name, what string, r reconciliation, starts times) {
	b.print("  %-8s %-24s reconciled after %5.2f s; starts: %s", name, what, r.took.Seconds(), starts)
}

// line is what is read of the service's log.
type line struct {
	Time            time.Time
	Msg             string
	Open, Unsettled int
	Took            time.Duration
}

// news is the service's log.
type news struct{ lines chan line }

func (n *news) Write(text []byte) (int, error) {
	var l line
	if json.Unmarshal(text, &l) == nil && (l.Msg == "events connected" || l.Msg == "reconciled" || l.Msg == "the recording's state has changed") {
		select {
		case n.lines <- l:
		default: // nobody listens any more
		}
	}
	return amiss{os.Stderr}.Write(text)
}

// reconciliation is one that had something to do.
type reconciliation struct{ took time.Duration }

// reconciled waits for the first reconciliation that had something to do and tells how long it took from the moment in
// which the channels were known.
func (n *news) reconciled(ctx context.Context) (reconciliation, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var connected time.Time
	for {
		select {
		case l := <-n.lines:
			if l.Msg == "events connected" {
				connected = l.Time
			}
			if l.Msg == "reconciled" && !connected.IsZero() && l.Unsettled > 1 {
				return reconciliation{l.Time.Sub(connected)}, nil
			}
		case <-ctx.Done():
			return reconciliation{}, errors.New("nothing was reconciled in time")
		}
	}
}

// calm waits until nothing but starts and stops has been reconciled for a while.
func (n *news) calm(ctx context.Context) error {
	n.forget()
	select {
	case <-time.After(5 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (n *news) forget() {
	for {
		select {
		case <-n.lines:
		default:
			return
		}
	}
}

// starter starts and stops a recording on the free channel again and again.
type starter struct {
	mu   sync.Mutex
	took []time.Duration
	stop context.CancelFunc
	work sync.WaitGroup
}

// times are how long starts took.
type times []time.Duration

func (t times) String() string {
	if len(t) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, median %.1f ms, longest %.1f ms", len(t), milliseconds(percentile(t, 50)), milliseconds(slices.Max(t)))
}

func (b *bench) starting(ctx context.Context, p *run.Process) *starter {
	s := &starter{}
	ctx, s.stop = context.WithCancel(ctx)
	r := &runner{process: &process{Process: p}, client: &http.Client{}}
	s.work.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ctx.Err() == nil; n++ {
			began := time.Now()
			end, err := r.start(ctx, lab.Leg{ID: freeChannel}, fmt.Sprintf("S%d", n))
			if err == nil {
				s.note(time.Since(began))
				_ = end(ctx) // the next start would say that it did not work
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	return s
}

func (s *starter) note(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, took)
}

// take returns the times since the last take; starts that were refused are none.
func (s *starter) take() times {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.took
	s.took = nil
	return taken
}

func (s *starter) end() {
	s.stop()
	s.work.Wait()
}
