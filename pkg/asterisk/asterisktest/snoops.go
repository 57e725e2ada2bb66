package asterisktest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"ari-recorder/pkg/recording"
)

// Variable returns a variable that was set on a live channel.
func (s *Server) Variable(id, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		return c.vars[name]
	}
	return ""
}

// snoop makes a snoop channel, which enters the application at once. If nobody is the application, it is hung up.
func (s *Server) snoop(r *http.Request) answer {
	var asked struct{ App, AppArgs, Spy string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.App == "" || !slices.Contains([]string{"in", "out", "both"}, asked.Spy) {
		return failure(http.StatusBadRequest, "Invalid parameter")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	target, id := s.channels[r.PathValue("id")], r.PathValue("snoop")
	switch {
	case target == nil:
		return failure(http.StatusNotFound, "Channel not found")
	case s.channels[id] != nil:
		return failure(http.StatusConflict, "Channel with given unique ID already exists")
	case s.begins(id): // Asterisk 22 compares no further than the new id goes
		return failure(http.StatusInternalServerError, "Snoop channel could not be created")
	}
	c := &channel{
		Channel: Channel{ID: id, LinkedID: id, Name: "Snoop/" + target.ID + "-00000001", State: "Up"},
		created: time.Now(), target: target.ID, app: asked.App, vars: map[string]string{},
	}
	s.addChannel(c)
	if s.apps[asked.App] == nil {
		s.destroy(c)
		return success(s.json(c))
	}
	s.emitTo(asked.App, "StasisStart", payload{"args": []string{asked.AppArgs}, "channel": s.json(c)})
	return success(s.json(c))
}

// AddRecording makes a snoop channel in the application's hands and a live recording on it, both called name, as if they
// had been asked for long ago.
func (s *Server) AddRecording(target, name, application string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addChannel(&channel{
		Channel: Channel{ID: name, LinkedID: name, Name: "Snoop/" + target + "-00000001", State: "Up"},
		created: time.Now(), target: target, app: application, vars: map[string]string{},
	})
	l := &live{name: name, channel: name, format: string(recording.FormatWAV), done: make(chan struct{})}
	s.live[name] = l
	s.start(l, 0)
}

// begins tells whether the id is the beginning of a live channel's.
func (s *Server) begins(id string) bool {
	for other := range s.channels {
		if strings.HasPrefix(other, id) {
			return true
		}
	}
	return false
}

func (s *Server) getVariable(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, name := s.channels[r.PathValue("id")], r.URL.Query().Get("variable")
	if c == nil {
		return failure(http.StatusNotFound, "Channel not found")
	}
	value, ok := c.vars[name]
	if name == "CHANNEL(linkedid)" {
		value, ok = c.LinkedID, true
	}
	if !ok {
		return failure(http.StatusNotFound, "Provided variable was not found")
	}
	return success(payload{"value": value})
}

// setVariable works on channels in an application only, and waits while the channel records: Asterisk queues it behind.
func (s *Server) setVariable(r *http.Request) answer {
	var asked struct{ Variable, Value string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Variable == "" {
		return failure(http.StatusBadRequest, "Variable name is required")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[r.PathValue("id")]
	switch {
	case c == nil:
		return failure(http.StatusNotFound, "Channel not found")
	case c.app == "":
		return failure(http.StatusConflict, "Channel not in Stasis application")
	}
	if l := s.liveOn(c.ID); l != nil {
		s.mu.Unlock()
		select {
		case <-l.done:
		case <-r.Context().Done():
		}
		s.mu.Lock()
	}
	c.vars[asked.Variable] = asked.Value
	return noContent()
}
