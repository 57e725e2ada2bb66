package asterisktest

import (
	"net/http"
	"slices"
	"sort"
	"time"
)

// Channel is what a test says of a channel that it makes.
type Channel struct {
	ID        string // uniqueid
	LinkedID  string // empty: the ID
	Name      string // such as PJSIP/410-00000002
	State     string // empty: Up
	Caller    Party
	Connected Party
}

// Party is a caller id.
type Party struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

// channel is a live channel; target and app are those of a snoop channel.
type channel struct {
	Channel
	created time.Time
	target  string
	app     string // in whose hands it is; empty: the dialplan's
	vars    map[string]string
}

// AddChannel makes a channel.
func (s *Server) AddChannel(c Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.LinkedID == "" {
		c.LinkedID = c.ID
	}
	if c.State == "" {
		c.State = "Up"
	}
	s.addChannel(&channel{Channel: c, created: time.Now(), vars: map[string]string{}})
}

func (s *Server) addChannel(c *channel) {
	s.channels[c.ID] = c
	s.emit("ChannelCreated", payload{"channel": s.json(c)})
}

// Change changes a channel and emits an event of the kind about it, such as ChannelStateChange or ChannelConnectedLine.
func (s *Server) Change(id, event string, change func(*Channel)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[id]
	change(&c.Channel)
	s.emit(event, payload{"channel": s.json(c)})
}

// Hold lets the channel's phone press hold; Unhold takes it back.
func (s *Server) Hold(id string) { s.Change(id, "ChannelHold", func(*Channel) {}) }

// Unhold lets the channel's phone take its hold back.
func (s *Server) Unhold(id string) { s.Change(id, "ChannelUnhold", func(*Channel) {}) }

// Bridge puts channels into a bridge, one after the other.
func (s *Server) Bridge(bridge string, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.bridges[bridge] = append(s.bridges[bridge], id)
		s.emit("ChannelEnteredBridge", payload{"bridge": s.bridge(bridge), "channel": s.json(s.channels[id])})
	}
}

// Leave takes channels out of a bridge.
func (s *Server) Leave(bridge string, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.leaveBridge(bridge, s.channels[id])
	}
}

func (s *Server) leaveBridge(bridge string, c *channel) {
	s.bridges[bridge] = slices.DeleteFunc(s.bridges[bridge], func(id string) bool { return id == c.ID })
	s.emit("ChannelLeftBridge", payload{"bridge": s.bridge(bridge), "channel": s.json(c)})
}

// HoldIn puts channels into a bridge that only holds them, such as that of a parking lot.
func (s *Server) HoldIn(bridge string, ids ...string) {
	s.mu.Lock()
	s.holding[bridge] = true
	s.mu.Unlock()
	s.Bridge(bridge, ids...)
}

// Dial lets a channel call another one.
func (s *Server) Dial(caller, peer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit("Dial", payload{"caller": s.json(s.channels[caller]), "peer": s.json(s.channels[peer]), "dialstatus": ""})
}

// Merge moves the members of a bridge into another one, without a word about each.
func (s *Server) Merge(to, from string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bridges[to] = append(s.bridges[to], s.bridges[from]...)
	s.bridges[from] = nil
	s.emit("BridgeMerged", payload{"bridge": s.bridge(to), "bridge_from": s.bridge(from)})
}

// DestroyBridge ends a bridge, without a word about its members.
func (s *Server) DestroyBridge(bridge string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit("BridgeDestroyed", payload{"bridge": s.bridge(bridge)})
	delete(s.bridges, bridge)
}

// HangUp ends a channel and its snoop channels, as a phone does.
func (s *Server) HangUp(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.destroy(s.channels[id])
}

// destroy ends a channel: first what listens to it, then its recording, then its place in a bridge, then itself.
func (s *Server) destroy(c *channel) {
	for _, snoop := range s.snoopsOn(c.ID) {
		s.destroy(snoop)
	}
	s.finishOn(c.ID)
	for bridge, members := range s.bridges {
		if slices.Contains(members, c.ID) {
			s.leaveBridge(bridge, c)
		}
	}
	if c.app != "" {
		s.emitTo(c.app, "StasisEnd", payload{"channel": s.json(c)})
	}
	delete(s.channels, c.ID)
	s.emit("ChannelDestroyed", payload{"cause": 16, "cause_txt": "Normal Clearing", "channel": s.json(c)})
}

func (s *Server) snoopsOn(target string) []*channel {
	var snoops []*channel
	for _, c := range s.channels {
		if c.target == target && target != "" {
			snoops = append(snoops, c)
		}
	}
	return snoops
}

// Channels returns the ids of the live channels.
func (s *Server) Channels() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.channels))
	for id := range s.channels {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// json is ARI's picture of a channel.
func (s *Server) json(c *channel) payload {
	picture := payload{
		"id": c.ID, "name": c.Name, "state": c.State, "protocol_id": "", "accountcode": "", "language": "en",
		"caller": c.Caller, "connected": c.Connected, "creationtime": timestamp(c.created),
		"dialplan": payload{"context": "default", "exten": "s", "priority": 1, "app_name": "", "app_data": ""},
	}
	if s.vars {
		picture["channelvars"] = map[string]string{"CHANNEL(linkedid)": c.LinkedID}
	}
	return picture
}

// bridge is ARI's picture of a bridge.
func (s *Server) bridge(id string) payload {
	kind, technology := "mixing", "simple_bridge"
	if s.holding[id] {
		kind, technology = "holding", "holding_bridge"
	}
	return payload{
		"id": id, "bridge_class": "basic", "bridge_type": kind, "technology": technology, "creator": "", "name": "",
		"channels": append([]string{}, s.bridges[id]...),
	}
}

func (s *Server) listChannels(*http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []payload{}
	for _, c := range s.channels {
		list = append(list, s.json(c))
	}
	return success(list)
}

func (s *Server) listBridges(*http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []payload{}
	for id := range s.bridges {
		list = append(list, s.bridge(id))
	}
	return success(list)
}

func (s *Server) getChannel(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[r.PathValue("id")]
	if c == nil {
		return failure(http.StatusNotFound, "Channel not found")
	}
	return success(s.json(c))
}

func (s *Server) hangUp(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[r.PathValue("id")]
	if c == nil {
		return failure(http.StatusNotFound, "Channel not found")
	}
	s.destroy(c)
	return noContent()
}
