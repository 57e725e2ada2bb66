package asterisk

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/tidwall/gjson"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// events make an empty event of each type that we read; Asterisk is asked to send no others.
var events = map[string]func() ari.Event{
	ari.Events.ApplicationReplaced:  func() ari.Event { return new(ari.ApplicationReplaced) },
	ari.Events.BridgeDestroyed:      func() ari.Event { return new(ari.BridgeDestroyed) },
	ari.Events.BridgeMerged:         func() ari.Event { return new(ari.BridgeMerged) },
	ari.Events.ChannelCallerID:      func() ari.Event { return new(ari.ChannelCallerID) },
	ari.Events.ChannelConnectedLine: func() ari.Event { return new(ari.ChannelConnectedLine) },
	ari.Events.ChannelCreated:       func() ari.Event { return new(ari.ChannelCreated) },
	ari.Events.ChannelDestroyed:     func() ari.Event { return new(ari.ChannelDestroyed) },
	ari.Events.ChannelDialplan:      func() ari.Event { return new(ari.ChannelDialplan) },
	ari.Events.ChannelEnteredBridge: func() ari.Event { return new(ari.ChannelEnteredBridge) },
	ari.Events.ChannelHold:          func() ari.Event { return new(ari.ChannelHold) },
	ari.Events.ChannelLeftBridge:    func() ari.Event { return new(ari.ChannelLeftBridge) },
	ari.Events.ChannelStateChange:   func() ari.Event { return new(ari.ChannelStateChange) },
	ari.Events.ChannelUnhold:        func() ari.Event { return new(ari.ChannelUnhold) },
	ari.Events.Dial:                 func() ari.Event { return new(ari.Dial) },
	ari.Events.RecordingFailed:      func() ari.Event { return new(ari.RecordingFailed) },
	ari.Events.RecordingFinished:    func() ari.Event { return new(ari.RecordingFinished) },
	ari.Events.RecordingStarted:     func() ari.Event { return new(ari.RecordingStarted) },
	ari.Events.StasisEnd:            func() ari.Event { return new(ari.StasisEnd) },
	ari.Events.StasisStart:          func() ari.Event { return new(ari.StasisStart) },
}

// used are their names, in alphabetical order.
var used = slices.Sorted(maps.Keys(events))

// linkedIDVariable is sent with every channel where ari.conf has channelvars=CHANNEL(linkedid).
const linkedIDVariable = "CHANNEL(linkedid)"

// hear decodes an event, tells those who wait for it, and passes it on to the index. An event of a type that we do not
// use, or that cannot be read, is counted and left.
func (s *session) hear(data []byte, at time.Time) error {
	n := s.node
	kind, told := headOf(data)
	n.heard(at, told)
	at = n.late.when(at, told)
	made, isUsed := events[kind]
	if !isUsed && (kind != "" || json.Valid(data)) {
		n.observer.Event(n.name, "other")
		return nil
	}
	event, err := decode(data, made)
	if err != nil {
		n.observer.Event(n.name, "undecodable")
		n.log.Warn("an event could not be read", "type", kind, "error", err)
		return nil
	}
	n.observer.Event(n.name, kind)
	if _, replaced := event.(*ari.ApplicationReplaced); replaced && event.GetApplication() == n.application {
		return errReplaced
	}
	n.tell(event, at)
	return s.take(happening{event, at})
}

// headOf looks for what kind of event it is and when it was told, without reading the rest: that takes twenty times as long, and
// may not be wanted. What is not there is empty.
func headOf(data []byte) (kind string, told time.Time) {
	kind = gjson.GetBytes(data, "type").String()
	told, err := time.Parse(ari.DateFormat, gjson.GetBytes(data, "timestamp").String())
	if err != nil {
		return kind, time.Time{}
	}
	return kind, told
}

// decode reads the whole event. The library's own way would look for the type first, once more.
func decode(data []byte, made func() ari.Event) (ari.Event, error) {
	if made == nil {
		return nil, errors.New("it has no type")
	}
	event := made()
	return event, json.Unmarshal(data, event)
}

// tell informs those who wait for a snoop channel or a live recording, also while the channels are being listed.
func (n *node) tell(event ari.Event, at time.Time) {
	switch e := event.(type) {
	case *ari.StasisStart:
		n.waiting.tell(e.Channel.ID, report{entered, at})
	case *ari.RecordingStarted:
		n.waiting.tell(e.Recording.Name, report{started, at})
	case *ari.RecordingFinished:
		n.waiting.tell(e.Recording.Name, report{finished, at})
	case *ari.RecordingFailed:
		n.waiting.tell(e.Recording.Name, report{finished, at})
	case *ari.ChannelDestroyed:
		n.waiting.tell(e.Channel.ID, report{gone, at})
	}
}

// apply brings the index up to date and signals what concerns recordings. It is called with the feed locked, in the
// order of the events.
func (s *session) apply(h happening) {
	n := s.node
	switch e := h.event.(type) {
	case *ari.ChannelCreated:
		c := n.channel(&e.Channel)
		c.Hold = channels.HoldOff
		n.index.Put(c)
		s.calling(e.Channel.ID, "", h.at)
	case *ari.ChannelStateChange:
		n.put(&e.Channel)
		s.calling(e.Channel.ID, "", h.at)
	case *ari.Dial:
		s.calling(e.Peer.ID, e.Caller.ID, h.at)
	case *ari.ChannelCallerID:
		n.put(&e.Channel)
	case *ari.ChannelConnectedLine:
		n.put(&e.Channel)
	case *ari.ChannelDialplan:
		n.put(&e.Channel)
	case *ari.StasisStart:
		n.put(&e.Channel)
	case *ari.StasisEnd:
		n.put(&e.Channel)
	case *ari.ChannelHold:
		n.put(&e.Channel)
		n.index.SetHold(n.name, e.Channel.ID, channels.HoldOn)
		s.moved(e.Channel.ID, "", h.at)
	case *ari.ChannelUnhold:
		n.put(&e.Channel)
		n.index.SetHold(n.name, e.Channel.ID, channels.HoldOff)
		s.moved(e.Channel.ID, "", h.at)
	case *ari.ChannelEnteredBridge:
		n.put(&e.Channel)
		n.index.SetBridge(n.name, e.Bridge.ID, talkers(e.Bridge))
		s.moved(e.Channel.ID, e.Bridge.ID, h.at)
	case *ari.ChannelLeftBridge:
		n.put(&e.Channel)
		n.index.SetBridge(n.name, e.Bridge.ID, talkers(e.Bridge))
		s.moved(e.Channel.ID, e.Bridge.ID, h.at)
	case *ari.BridgeMerged:
		n.index.SetBridge(n.name, e.BridgeFrom.ID, talkers(e.BridgeFrom))
		n.index.SetBridge(n.name, e.Bridge.ID, talkers(e.Bridge))
		s.moved("", e.BridgeFrom.ID, h.at)
		s.moved("", e.Bridge.ID, h.at)
	case *ari.BridgeDestroyed:
		n.index.SetBridge(n.name, e.Bridge.ID, nil)
		s.moved("", e.Bridge.ID, h.at)
	case *ari.ChannelDestroyed:
		n.index.Remove(n.name, e.Channel.ID)
		s.ended(e.Channel.ID, e.Channel.Name, h.at)
	case *ari.RecordingFinished:
		s.trackEnded(e.Recording.Name, h.at)
	case *ari.RecordingFailed:
		s.trackEnded(e.Recording.Name, h.at)
	}
}

// put tells the index a channel as an event shows it; what events do not show stays.
func (n *node) put(data *ari.ChannelData) { n.index.Put(n.channel(data)) }

// channel translates ARI's channel. Its hold is not known.
func (n *node) channel(data *ari.ChannelData) channels.Channel {
	c := channels.Channel{
		Node:      n.name,
		UniqueID:  data.ID,
		LinkedID:  data.ChannelVars[linkedIDVariable],
		Name:      data.Name,
		Extension: channels.ExtensionOf(data.Name, n.options.ExtensionPattern),
		State:     channels.State(data.State),
		Caller:    party(data.Caller),
		Connected: party(data.Connected),
	}
	if made := data.Creationtime; made != nil {
		c.CreatedAt = time.Unix(made.Seconds, int64(made.Nanos)).UTC()
	}
	return c
}

func party(id *ari.CallerID) channels.Party {
	return channels.Party{Name: id.GetName(), Number: id.GetNumber()}
}

// ended signals the end of a channel. Snoop channels of others are nobody's business.
func (s *session) ended(uniqueID, name string, at time.Time) {
	if _, ours := recording.ParseTrackName(s.node.prefix, uniqueID); ours {
		s.trackEnded(uniqueID, at)
		return
	}
	if !strings.HasPrefix(name, "Snoop/") {
		s.moved(uniqueID, "", at)
		s.signal(recording.Signal{Kind: recording.ChannelEnded, Name: uniqueID, At: at})
	}
}

// trackEnded signals the end of a live recording if it is ours.
func (s *session) trackEnded(name string, at time.Time) {
	if _, ours := recording.ParseTrackName(s.node.prefix, name); ours {
		s.signal(recording.Signal{Kind: recording.TrackEnded, Name: name, At: at})
	}
}

// signal passes a signal on; one for which there is no room is made up for by a Resynced.
func (s *session) signal(sig recording.Signal) {
	sig.Node = s.node.name
	if !s.node.signal(sig) {
		s.owe()
	}
}
