package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a phone tells.
const (
	eventCalling  = "calling"
	eventRinging  = "ringing"
	eventUp       = "up"
	eventHeld     = "held"
	eventUnheld   = "unheld"
	eventReferred = "referred"
	eventEnded    = "ended"
)

// errPhoneEnded is returned where a phone is asked for something after its call has ended.
var errPhoneEnded = errors.New("the phone's call has ended")

// phone is one sipp process with one call. It is driven over sipp's twin socket, made for third-party call control: sipp connects to us as soon
// as it listens for SIP, tells events and takes orders, so that nothing here depends on time.
type phone struct {
	line    line
	ports   *portBlock
	slot    int
	port    int    // SIP
	base    string // path of its files, without their endings
	seen    string // the same as it sees it
	process *process
	twin    net.Conn
	callID  string        // SIP Call-ID, known with the first event
	tags    chan dialog   // of its call, once that is up
	events  chan string   // what it told; closed when its call has ended
	ended   chan struct{} // closed when sipp has ended
}

// line is what connects phones with their Asterisk.
type line struct {
	here    string // the phones' address
	there   string // Asterisk's, host:port
	unpaced bool   // phones may not be told how late they may be woken
}

// dialog are the tags of a phone's call, by which others name it in SIP.
type dialog struct{ own, peer string }

// twinEnd ends each message on sipp's twin socket.
const twinEnd = '\x1b'

// startPhone starts sipp on a scenario and returns when it listens.
func (a *Asterisk) startPhone(ctx context.Context, role string, s scenario, hz float64) (_ *phone, err error) {
	slot, err := a.ports.takeSlot(phoneSlots)
	if err != nil {
		return nil, err
	}
	// At most three events come unasked for: nobody who does not listen ever blocks listen.
	p := &phone{line: a.line, ports: a.ports, slot: slot, port: a.ports.base + phoneSIP + slot,
		events: make(chan string, 16), tags: make(chan dialog, 1), ended: make(chan struct{})}
	name := filepath.Join("phones", strconv.Itoa(p.port))
	p.base, p.seen = filepath.Join(a.dir, name), filepath.Join(a.phoneJail.seen(), name)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if err := s.write(p.base, p.seen, role, hz); err != nil {
		return nil, err
	}
	if err := p.connect(ctx, a.phoneJail); err != nil {
		return nil, err
	}
	a.listenings.Go(p.listen)
	return p, nil
}

// connect starts sipp and takes the connection that it makes to its twin.
func (p *phone) connect(ctx context.Context, j *jail) error {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	if p.process, err = j.run(nil, p.sipp(listener.Addr().String())...); err != nil {
		return errors.Join(err, listener.Close())
	}
	waiting, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	var closed error
	watch.Go(func() {
		select {
		case <-p.process.exited:
		case <-waiting.Done():
		}
		closed = listener.Close()
	})
	p.twin, err = listener.Accept()
	cancel()
	watch.Wait()
	if err != nil {
		return fmt.Errorf("start a phone: %w: %s", errors.Join(err, ctx.Err()), p.complaint())
	}
	return closed
}

// sipp is the command line. It keeps sipp quiet (-f) and from staying for late messages after its call (-deadcall_wait).
func (p *phone) sipp(twin string) []string {
	first := p.ports.base
	rtp := first + phoneRTP + 2*p.slot
	return strings.Fields(fmt.Sprintf("sipp %s -sf %s.xml -trace_err -error_file %s.err -i %s -bind_local -p %d -ci 127.0.0.1 -cp %d"+
		" -mi %s -min_rtp_port %d -max_rtp_port %d -3pcc %s -m 1 -aa -nostdin -f 3600 -deadcall_wait 0 -skip_rlimit",
		p.line.there, p.seen, p.seen, p.line.here, p.port, first+phoneControl+p.slot, p.line.here, rtp, rtp+1, twin))
}

// listen passes the phone's events on until its call has ended, and then waits for sipp.
func (p *phone) listen() {
	defer close(p.ended)
	defer close(p.events)
	in := bufio.NewReader(p.twin)
	for {
		message, err := in.ReadString(twinEnd)
		if err != nil {
			break
		}
		if p.callID == "" {
			p.callID = header(message, "Call-ID")
		}
		if own := header(message, "Own-Tag"); own != "" {
			p.tags <- dialog{own, strings.TrimPrefix(header(message, "Peer-Tag"), ";tag=")}
		}
		p.events <- header(message, "Event")
	}
	<-p.process.exited
}

// header finds a line of a twin message by its name.
func header(message, name string) string {
	for line := range strings.Lines(message) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// wait reads events until the wanted one. The end of the other phone, if given, ends the wait too.
func (p *phone) wait(ctx context.Context, wanted string, other *phone) error {
	var otherEnded <-chan struct{}
	if other != nil {
		otherEnded = other.ended
	}
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for a phone's %q: %w", wanted, ctx.Err())
		case <-otherEnded:
			return fmt.Errorf("wait for a phone's %q: the other: %w: %s", wanted, errPhoneEnded, other.complaint())
		case event, open := <-p.events:
			if event == wanted || !open && wanted == eventEnded {
				return nil
			}
			if !open {
				return fmt.Errorf("wait for a phone's %q: %w: %s", wanted, errPhoneEnded, p.complaint())
			}
		}
	}
}

// order tells the phone to do something and waits until it says that it is done.
func (p *phone) order(ctx context.Context, what, done string) error {
	return p.orderAt(ctx, what, "-", done)
}

// orderAt is an order that needs to know whereto.
func (p *phone) orderAt(ctx context.Context, what, target, done string) error {
	if err := p.pace(quick); err != nil {
		return fmt.Errorf("%w: %w", errPhoneEnded, err)
	}
	if _, err := fmt.Fprintf(p.twin, "Call-ID: %s\r\nOrder: %s\r\nTarget: %s \r\n\r\n%c", p.callID, what, target, twinEnd); err != nil {
		return fmt.Errorf("%w: %w", errPhoneEnded, err)
	}
	return p.wait(ctx, done, nil)
}

// leaveTime is what Asterisk may take to answer a BYE.
const leaveTime = time.Second

// leave says BYE if the call still goes on. A phone that cannot, because Asterisk does not answer, is about to be ended anyhow.
func (p *phone) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if err := p.order(ctx, orderBye, eventEnded); err != nil {
		slog.Debug("a phone of the lab ends without a BYE", "error", err)
	}
}

// sipp's main thread takes one step of its scenario, or looks for a message in vain, each time that its timer of one millisecond wakes it. Woken
// late while nothing happens, sixty calls take 0.8 of a core instead of all of two.
const (
	quick = "50000"    // nanoseconds: the kernel's own
	calm  = "20000000" // nanoseconds
)

// pace sets how late sipp's main thread may be woken. It must not be calm before the phone is up: the thread that sends its voice inherits it
// when it starts, and must keep an exact clock.
func (p *phone) pace(slack string) error {
	pid, err := p.process.pid()
	if err != nil || p.line.unpaced {
		return err
	}
	return os.WriteFile(fmt.Sprintf("/proc/%d/timerslack_ns", pid), []byte(slack), 0o644)
}

// complaint is what sipp had to say.
func (p *phone) complaint() string {
	if text, err := os.ReadFile(p.base + ".err"); err == nil {
		return lastLines(string(text), 12)
	}
	return p.process.said.String()
}

// close ends sipp without a word to Asterisk, and gives its ports back.
func (p *phone) close() error {
	var errs []error
	if p.process != nil {
		errs = append(errs, p.process.kill())
	}
	if p.twin != nil {
		<-p.ended
		errs = append(errs, p.twin.Close())
	}
	for _, ending := range []string{".xml", ".ulaw", ".err"} {
		if err := os.Remove(p.base + ending); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	p.ports.freeSlot(p.slot)
	return errors.Join(errs...)
}
