package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"ari-recorder/pkg/asterisk/asterisktest"
)

const (
	eventRate    = 20_000           // events a second
	eventTerm    = 10 * time.Second // for so long
	liveAtOnce   = 10_000           // channels that are there while others come and go
	manyChannels = 100_000          // of which the index is measured
	settleTerm   = 5 * time.Second  // until what was read is no more in memory than it must be
)

// events measures how the service keeps up with an Asterisk in which very much happens, and what the index of its channels
// holds: a fake, which speaks ARI's wire format, for no real one carries as much beside what measures it.
func (b *bench) events(ctx context.Context) (err error) {
	on := &stage{}
	defer on.close()
	server := asterisktest.NewServer(on)
	folder, remove, err := freshFolder()
	if err != nil {
		return err
	}
	defer join(&err, remove)
	p, err := b.launch(ctx, folder, "ASTERISK_URL="+server.URL, "ASTERISK_USERNAME="+server.Username, "ASTERISK_PASSWORD="+server.Password)
	if err != nil {
		return err
	}
	defer join(&err, p.close)
	f := &flood{server: server, process: p}
	if err := f.storm(ctx, b); err != nil {
		return err
	}
	return f.full(ctx, b)
}

// flood is a fake Asterisk in which channels come, are answered, talk and go, one as soon as another: the events of one are
// five.
type flood struct {
	server     *asterisktest.Server
	process    *process
	came, gone int
}

// storm sends events at the rate, asks for some of the channels as soon as they have come, and counts those that are known
// in the end.
func (f *flood) storm(ctx context.Context, b *bench) error {
	for f.came < liveAtOnce {
		f.come()
	}
	if err := f.known(ctx, f.came-f.gone); err != nil {
		return err
	}
	before, err := usageOf(f.process.PID())
	if err != nil {
		return err
	}
	probes := f.probing(ctx)
	began, sent := time.Now(), 0
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < eventTerm {
		for ; sent < int(time.Since(began).Seconds()*eventRate); sent += eventsOfOne {
			f.leave()
			f.come()
			if f.came%probeEvery == 0 {
				select {
				case probes.wanted <- uniqueIDOf(f.came):
				default: // the last one is still asked for
				}
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	took := time.Since(began)
	lags, err := probes.end()
	if err != nil {
		return err
	}
	after, err := usageOf(f.process.PID())
	if err != nil {
		return err
	}
	if err := f.known(ctx, f.came-f.gone); err != nil {
		return fmt.Errorf("events were lost: %w", err)
	}
	rate, cores, p99 := float64(sent)/took.Seconds(), (after.cpu-before.cpu).Seconds()/took.Seconds(), percentile(lags, 99)
	b.print("%.0f events a second while %d channels are there and others come and go: none lost; a new channel is known after %.1f ms, p99 %.1f ms (%d asked for); %.2f of a core, %.0f MiB",
		rate, liveAtOnce, milliseconds(percentile(lags, 50)), milliseconds(p99), len(lags), cores, after.resident)
	b.keep(result{What: "events", Of: "ari-recorder", PerSecond: rate, MedianMS: milliseconds(percentile(lags, 50)), P99MS: milliseconds(p99), Cores: cores, MiB: after.resident})
	return nil
}

// full fills the index and tells what it holds.
func (f *flood) full(ctx context.Context, b *bench) error {
	for f.came-f.gone < manyChannels {
		f.come()
	}
	if err := f.known(ctx, manyChannels); err != nil {
		return err
	}
	select {
	case <-time.After(settleTerm):
	case <-ctx.Done():
		return ctx.Err()
	}
	u, err := usageOf(f.process.PID())
	if err != nil {
		return err
	}
	b.print("%d live channels: the service holds %.1f MiB", manyChannels, u.resident)
	b.keep(result{What: "channels", Of: "ari-recorder", AtOnce: manyChannels, MiB: u.resident})
	return nil
}

const (
	eventsOfOne = 5
	probeEvery  = eventRate / eventsOfOne / 50 // channels, so that some fifty a second are asked for
)

// come lets a channel come, be answered and talk.
func (f *flood) come() {
	f.came++
	c := pictureOf(f.came, "Ring")
	f.tell("ChannelCreated", `"channel": `+c)
	c = pictureOf(f.came, "Up")
	f.tell("ChannelStateChange", `"channel": `+c)
	f.tell("ChannelEnteredBridge", bridgeOf(f.came, true)+`, "channel": `+c)
}

// leave lets the oldest channel go.
func (f *flood) leave() {
	f.gone++
	c := pictureOf(f.gone, "Up")
	f.tell("ChannelLeftBridge", bridgeOf(f.gone, false)+`, "channel": `+c)
	f.tell("ChannelDestroyed", `"cause": 16, "cause_txt": "Normal Clearing", "channel": `+c)
}

func (f *flood) tell(kind, more string) {
	f.server.EmitRaw(fmt.Sprintf(`{"type": %q, "application": "ari-recorder", "asterisk_id": "00:00:00:00:00:01", "timestamp": %q, %s}`,
		kind, time.Now().Format("2006-01-02T15:04:05.000-0700"), more))
}

func uniqueIDOf(n int) string { return fmt.Sprintf("1795418221.%d", n) }

// pictureOf is ARI's picture of a channel.
func pictureOf(n int, state string) string {
	return fmt.Sprintf(`{"id": %q, "name": "PJSIP/%d-%08x", "state": %q, "protocol_id": "", "accountcode": "", "language": "en",
		"caller": {"name": "", "number": "0301234567"}, "connected": {"name": "Ann", "number": "%d"}, "creationtime": "2026-11-25T12:00:00.000+0000",
		"dialplan": {"context": "default", "exten": "s", "priority": 1, "app_name": "Dial", "app_data": "PJSIP/410,30"}}`, uniqueIDOf(n), 1000+n%9000, n, state, 1000+n%9000)
}

// bridgeOf is the bridge of two channels that came one after the other.
func bridgeOf(n int, there bool) string {
	list := ""
	if there {
		list = fmt.Sprintf("%q", uniqueIDOf(n))
	}
	return fmt.Sprintf(`"bridge": {"id": "bridge-%d", "bridge_class": "basic", "bridge_type": "mixing", "technology": "simple_bridge", "creator": "", "name": "", "channels": [%s]}`, n/2, list)
}

// known waits until the service knows so many channels.
func (f *flood) known(ctx context.Context, want int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		n, err := f.count(ctx)
		if err != nil || n == want {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d channels are known, not %d", n, want)
		}
	}
}

// count is how many channels the health of the service tells of.
func (f *flood) count(ctx context.Context) (int, error) {
	var text strings.Builder
	if _, err := fetch(ctx, http.DefaultClient, f.process.URL+"/health", &text); err != nil {
		return 0, err
	}
	var health struct {
		Checks map[string][]struct{ ObservedValue json.Number }
	}
	if err := json.Unmarshal([]byte(text.String()), &health); err != nil {
		return 0, err
	}
	if len(health.Checks["channels:live"]) != 1 {
		return 0, errors.New("the health tells of no channels")
	}
	n, err := health.Checks["channels:live"][0].ObservedValue.Int64()
	return int(n), err
}

// probes ask for channels.
type probes struct {
	wanted chan string
	done   chan struct{}
	lags   []time.Duration
	err    error
}

// probing asks for each wanted channel until it is known.
func (f *flood) probing(ctx context.Context) *probes {
	p := &probes{wanted: make(chan string), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for id := range p.wanted {
			began := time.Now()
			for {
				_, err := fetch(ctx, http.DefaultClient, f.process.URL+"/v1/calls/"+id, io.Discard)
				if err == nil {
					p.lags = append(p.lags, time.Since(began))
					break
				}
				if time.Since(began) > eventTerm {
					p.err = fmt.Errorf("%s is not known: %w", id, err)
					break
				}
			}
		}
	}()
	return p
}

// end returns how long it took each time.
func (p *probes) end() ([]time.Duration, error) {
	close(p.wanted)
	<-p.done
	if p.err == nil && len(p.lags) == 0 {
		p.err = errors.New("no channel was asked for")
	}
	return p.lags, p.err
}
