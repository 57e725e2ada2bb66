package asterisk

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v6"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// used are the types of events that we read; Asterisk is asked to send no others.
var used = []string{
	ari.Events.ApplicationReplaced,
	ari.Events.BridgeDestroyed,
	ari.Events.BridgeMerged,
	ari.Events.ChannelCallerID,
	ari.Events.ChannelConnectedLine,
	ari.Events.ChannelCreated,
	ari.Events.ChannelDestroyed,
	ari.Events.ChannelDialplan,
	ari.Events.ChannelEnteredBridge,
	ari.Events.ChannelHold,
	ari.Events.ChannelLeftBridge,
	ari.Events.ChannelStateChange,
	ari.Events.ChannelUnhold,
	ari.Events.Dial,
	ari.Events.RecordingFailed,
	ari.Events.RecordingFinished,
	ari.Events.RecordingStarted,
	ari.Events.StasisEnd,
	ari.Events.StasisStart,
}

var isUsed = func() map[string]bool {
	set := make(map[string]bool, len(used))
	for _, kind := range used {
		set[kind] = true
	}
	return set
}()

// linkedIDVariable is sent with every channel where ari.conf has channelvars=CHANNEL(linkedid).
const linkedIDVariable = "CHANNEL(linkedid)"

// hear decodes an event, tells those who wait for it, and passes it on to the index. An event of a type that we do not
// use, or that cannot be read, is counted and left.
func (s *session) hear(data []byte, at time.Time) error {
	n := s.node
	var head struct {
		Type      string       `json:"type"`
		Timestamp ari.DateTime `json:"timestamp"`
	}
	err := json.Unmarshal(data, &head)
	n.heard(at, time.Time(head.Timestamp))
	at = n.late.when(at, time.Time(head.Timestamp))
	if err == nil && !isUsed[head.Type] {
		n.observer.Event(n.name, "other")
		return nil
	}
	event, err := ari.DecodeEvent(data)
	if err != nil {
		n.observer.Event(n.name, "undecodable")
		n.log.Warn("an event could not be read", "type", head.Type, "error", err)
		return nil
	}
	n.observer.Event(n.name, head.Type)
	if _, replaced := event.(*ari.ApplicationReplaced); replaced && event.GetApplication() == n.application {
		return errReplaced
	}
	n.tell(event, at)
	return s.take(happening{event, at})
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
