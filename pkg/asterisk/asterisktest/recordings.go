package asterisktest

import (
	"encoding/json"
	"net/http"
	"time"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// live is a live recording.
type live struct {
	name, channel, format string
	state                 string
	started               time.Time
	done                  chan struct{} // closed at the end
	timer                 *time.Timer   // ends it at its limit; nil: none
}

func (l *live) stopTimer() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

func (s *Server) record(r *http.Request) answer {
	var asked struct {
		Name, Format, IfExists, TerminateOn string
		MaxDurationSeconds                  int
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Name == "" {
		return failure(http.StatusBadRequest, "Invalid parameter")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[r.PathValue("id")]
	_, exists := s.stored[asked.Name]
	switch {
	case c == nil:
		return failure(http.StatusNotFound, "Channel not found")
	case c.app == "":
		return failure(http.StatusConflict, "Channel not in Stasis application")
	case asked.Format != string(recording.FormatWAV) && asked.Format != string(recording.FormatWAV16):
		return failure(http.StatusUnprocessableEntity, "Format or extension unknown")
	case exists && asked.IfExists != "overwrite":
		return failure(http.StatusConflict, "Recording '"+asked.Name+"' already exists and can not be overwritten.")
	}
	l := &live{name: asked.Name, channel: c.ID, format: asked.Format, state: "queued", done: make(chan struct{})}
	s.live[asked.Name] = l
	s.start(l, time.Duration(asked.MaxDurationSeconds)*time.Second)
	return answer{status: http.StatusCreated, body: l.json("queued")}
}

// start lets the queued recording begin: the start is reported before the file is opened, as Asterisk does.
func (s *Server) start(l *live, limit time.Duration) {
	l.state, l.started = "recording", time.Now()
	s.emit("RecordingStarted", payload{"recording": l.json("recording")})
	if s.spoolReadOnly {
		s.finish(l)
		return
	}
	s.stored[l.name] = stored{format: recording.Format(l.format), open: new(recordingtest.StartMeter(l.started))}
	if limit > 0 {
		l.timer = time.AfterFunc(limit, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.closed && s.live[l.name] == l {
				s.finish(l)
			}
		})
	}
}

// finish closes a recording's file, if it has one, and reports the end.
func (s *Server) finish(l *live) {
	l.stopTimer()
	delete(s.live, l.name)
	close(l.done)
	if f, ok := s.stored[l.name]; ok && f.open != nil {
		s.stored[l.name] = stored{format: f.format, content: recordingtest.WAV(f.format, f.open.Length())}
	}
	s.emit("RecordingFinished", payload{"recording": l.json("done")})
}

// finishOn ends the recording of a channel.
func (s *Server) finishOn(channel string) {
	if l := s.liveOn(channel); l != nil {
		s.finish(l)
	}
}

// liveOn finds the recording of a channel.
func (s *Server) liveOn(channel string) *live {
	for _, l := range s.live {
		if l.channel == channel {
			return l
		}
	}
	return nil
}

func (l *live) json(state string) payload {
	return payload{"name": l.name, "format": l.format, "state": state, "target_uri": "channel:" + l.channel, "duration": 0}
}

func (s *Server) getLive(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.live[r.PathValue("name")]
	if l == nil {
		return failure(http.StatusNotFound, "Recording not found")
	}
	return success(l.json(l.state))
}

// pause leaves out what follows; a recording that is paused stays so. No event tells of it.
func (s *Server) pause(r *http.Request) answer {
	return s.turn(r, "paused", recordingtest.Meter.Pause)
}

func (s *Server) unpause(r *http.Request) answer {
	return s.turn(r, "recording", recordingtest.Meter.Resume)
}

// turn takes a running recording into another state.
func (s *Server) turn(r *http.Request, state string, change func(recordingtest.Meter) recordingtest.Meter) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.live[r.PathValue("name")]
	switch {
	case l == nil:
		return failure(http.StatusNotFound, "Recording not found")
	case l.state != "recording" && l.state != "paused":
		return failure(http.StatusConflict, "Recording not in session")
	}
	l.state = state
	if open := s.stored[l.name].open; open != nil {
		*open = change(*open)
	}
	return noContent()
}

// SetLive puts a live recording without a channel into a state.
func (s *Server) SetLive(name, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[name] = &live{name: name, format: "wav", state: state, done: make(chan struct{})}
}
