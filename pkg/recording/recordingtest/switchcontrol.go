package recordingtest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"ari-recorder/pkg/recording"
)

// Method names a method of recording.Switch.
type Method string

// The methods of recording.Switch.
const (
	MethodSnoop       Method = "Snoop"
	MethodRecord      Method = "Record"
	MethodEnd         Method = "End"
	MethodPause       Method = "Pause"
	MethodResume      Method = "Resume"
	MethodLive        Method = "Live"
	MethodStored      Method = "Stored"
	MethodStoredNames Method = "StoredNames"
	MethodFetch       Method = "Fetch"
	MethodDiscard     Method = "Discard"
	MethodLinkedID    Method = "LinkedID"
)

// Fault is what goes wrong with calls of one method.
type Fault struct {
	Method Method
	Name   string                 // only calls for this track or uniqueid; empty: all
	Match  func(name string) bool // only calls for names of which it is true; nil: all
	Times  int                    // how many calls it concerns; 0 is one, -1 all

	Err   error // returned instead of the result; nil: the call succeeds in the end
	Works bool  // the call does its work all the same, as when an answer is lost

	Begun chan<- struct{} // gets one value as the call comes in, if not nil
	Until <-chan struct{} // the call waits until this is closed, or its context ends, if not nil
}

// Call is a call that was made.
type Call struct {
	Method Method
	Node   string
	Name   string // the track, or the uniqueid for LinkedID
}

// Inject adds a fault. The first one that fits a call applies to it.
func (s *Switch) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// AddChannel makes a live channel.
func (s *Switch) AddChannel(node, uniqueID, linkedID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[node].channels[uniqueID] = linkedID
}

// HangUp ends a channel, and with it the snoop channels on it and their recordings.
func (s *Switch) HangUp(node, uniqueID string) {
	s.mu.Lock()
	n := s.nodes[node]
	var signals []recording.Signal
	for name, snoop := range n.snoops {
		if snoop.target == uniqueID {
			signals = append(signals, n.hangUpSnoop(node, name)...)
		}
	}
	delete(n.channels, uniqueID)
	signals = append(signals, recording.Signal{Kind: recording.ChannelEnded, Node: node, Name: uniqueID, At: time.Now()})
	s.mu.Unlock()
	s.emit(signals)
}

// SetHeardUntil lets the node's events come late: those after the moment are not heard yet. The zero time heals it.
func (s *Switch) SetHeardUntil(node string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[node].heard = until
}

// SetDown makes every call of the node fail with recording.ErrSwitchDown, or heals it. Recordings go on meanwhile.
func (s *Switch) SetDown(node string, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down[node] = down
}

// SetReadOnly lets recordings end as they begin and leave no file, as a full or read-only disk does, or heals it.
func (s *Switch) SetReadOnly(readOnly bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnly = readOnly
}

// Crash ends the node as kill -9 does: no channel is left, nothing is reported, and the files of running recordings stay
// with zero sizes in their headers. The node can be used at once, as if it had been started again.
func (s *Switch) Crash(node string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.nodes[node]
	for name, f := range n.files {
		if f.open != nil {
			n.files[name] = file{format: f.format, content: f.bytes()}
		}
	}
	n.stopTimers()
	n.channels, n.snoops = map[string]string{}, map[string]*snoop{}
}

// Resync reports Resynced, as after a reconnect.
func (s *Switch) Resync(node string) {
	s.emit([]recording.Signal{{Kind: recording.Resynced, Node: node, At: time.Now()}})
}

// SetFile puts a file into the node's spool, in the place of one that may be there.
func (s *Switch) SetFile(node, name string, f recording.Format, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[node].files[name] = file{format: f, content: content}
}

// Calls returns the calls that were made so far, in order.
func (s *Switch) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Snoops returns the names of the node's snoop channels, to see what was left behind.
func (s *Switch) Snoops(node string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return names(s.nodes[node].snoops)
}

// Files returns the names of the node's files.
func (s *Switch) Files(node string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return names(s.nodes[node].files)
}

func names[T any](m map[string]T) []string {
	list := make([]string, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

// do runs one call: it is written down, suffers its fault, works on the node's state, and reports what came of it.
func (s *Switch) do(ctx context.Context, m Method, node, name string, work func(*state) ([]recording.Signal, error)) error {
	fault := s.begin(Call{m, node, name})
	if err := fault.wait(ctx); err != nil {
		return fmt.Errorf("%w: %w", recording.ErrSwitchDown, err)
	}
	if fault.Err != nil && !fault.Works {
		return fault.Err
	}
	s.mu.Lock()
	n, ok := s.nodes[node]
	if !ok || s.down[node] {
		s.mu.Unlock()
		return fmt.Errorf("%w: node %q", recording.ErrSwitchDown, node)
	}
	signals, err := work(n)
	s.mu.Unlock()
	s.emit(signals)
	if fault.Err != nil {
		return fault.Err
	}
	return err
}

// begin writes the call down and finds its fault.
func (s *Switch) begin(c Call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	for _, f := range s.faults {
		if f.Method == c.Method && f.Times != 0 && (f.Name == "" || f.Name == c.Name) && (f.Match == nil || f.Match(c.Name)) {
			f.Times-- // -1 never comes to 0
			return *f
		}
	}
	return Fault{}
}

func (f Fault) wait(ctx context.Context) error {
	if f.Begun != nil {
		f.Begun <- struct{}{}
	}
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

func (s *Switch) emit(signals []recording.Signal) {
	for _, signal := range signals {
		s.signal(signal)
	}
}

// reachLimit ends a recording that has become as long as it may; the snoop channel stays.
func (s *Switch) reachLimit(node, name string) {
	s.mu.Lock()
	var signals []recording.Signal
	if n := s.nodes[node]; n.snoops[name] != nil {
		signals = n.endRecording(node, name)
	}
	s.mu.Unlock()
	s.emit(signals)
}

func (s *Switch) stopTimers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.nodes {
		n.stopTimers()
	}
}

func (n *state) stopTimers() {
	for _, snoop := range n.snoops {
		if snoop.limitTimer != nil {
			snoop.limitTimer.Stop()
		}
	}
}
