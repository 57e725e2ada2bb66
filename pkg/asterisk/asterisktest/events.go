package asterisktest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// application is an ARI application; it lives as long as its websocket.
type application struct {
	conn    *websocket.Conn
	sources map[string]bool // what it is subscribed to: "channel:", "bridge:"
	allowed []string        // types of events; nil: all
}

// payload is what an event holds besides its type, time and application.
type payload map[string]any

// events opens the websocket of an application. A second one takes the application over: the first hears of that, and
// then of nothing more.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("app")
	if name == "" {
		failure(http.StatusBadRequest, "HTTP request is missing param: [app]").write(w)
		return
	}
	s.sockets.Add(1)
	defer s.sockets.Done()
	conn := s.enter(w, r, name)
	if conn == nil {
		return
	}
	<-conn.CloseRead(context.Background()).Done()
	s.leave(name, conn)
}

// enter accepts the websocket and makes it the application's, in one step: as in Asterisk, the application is there
// before the client learns that it is connected.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, name string) *websocket.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return nil
	}
	if before := s.apps[name]; before != nil {
		before.send(name, "ApplicationReplaced", nil)
	}
	all := r.URL.Query().Get("subscribeAll") == "true"
	s.apps[name] = &application{conn: conn, sources: map[string]bool{"channel:": all, "bridge:": all}}
	return conn
}

func (s *Server) leave(name string, conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if app := s.apps[name]; app != nil && app.conn == conn {
		delete(s.apps, name)
	}
}

// CutEvents closes all websockets without a word; what happens until the next connection is heard by nobody.
func (s *Server) CutEvents() {
	s.mu.Lock()
	var open []*websocket.Conn
	for name, app := range s.apps {
		open = append(open, app.conn)
		delete(s.apps, name)
	}
	s.mu.Unlock()
	for _, conn := range open {
		conn.CloseNow() //nolint:errcheck // it is to be gone, however
	}
}

// Listening tells whether the application has a websocket.
func (s *Server) Listening(application string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.apps[application] != nil
}

// Heard returns once every application's client has read all events so far: it answers a ping that was sent after them.
func (s *Server) Heard(ctx context.Context) error {
	s.mu.Lock()
	var open []*websocket.Conn
	for _, app := range s.apps {
		open = append(open, app.conn)
	}
	s.mu.Unlock()
	for _, conn := range open {
		if err := conn.Ping(ctx); err != nil {
			return err
		}
	}
	return nil
}

// EmitRaw sends bytes as an event to every application, whatever they are.
func (s *Server) EmitRaw(event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, app := range s.apps {
		app.write([]byte(event))
	}
}

// emit sends an event to everybody who subscribed to its source. It is called with the server locked, which keeps events
// in order.
func (s *Server) emit(kind string, body payload) {
	if s.drop(kind) {
		return
	}
	source := "channel:"
	if strings.Contains(kind, "Bridge") {
		source = "bridge:"
	}
	for name, app := range s.apps {
		if app.sources[source] {
			app.send(name, kind, body)
		}
	}
}

// emitTo sends an event to one application only, as Asterisk does with StasisStart and StasisEnd.
func (s *Server) emitTo(name, kind string, body payload) {
	if app := s.apps[name]; app != nil && !s.drop(kind) {
		app.send(name, kind, body)
	}
}

func (s *Server) drop(kind string) bool {
	if s.drops[kind] == 0 {
		return false
	}
	s.drops[kind]--
	return true
}

func (a *application) send(name, kind string, body payload) {
	if a.allowed != nil && !slices.Contains(a.allowed, kind) {
		return
	}
	event := payload{"type": kind, "application": name, "asterisk_id": "00:00:00:00:00:01", "timestamp": timestamp(time.Now())}
	for key, value := range body {
		event[key] = value
	}
	data, err := json.Marshal(event)
	if err != nil {
		panic(err) // only strings, numbers, lists and maps are ever sent
	}
	a.write(data)
}

// write sends one message. A client that does not read is cut off, as Asterisk does.
func (a *application) write(data []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := a.conn.Write(ctx, websocket.MessageText, data); err != nil {
		a.conn.CloseNow() //nolint:errcheck // it is broken already
	}
}

func (s *Server) getApplication(r *http.Request) answer {
	if !s.Listening(r.PathValue("app")) {
		return failure(http.StatusNotFound, "Application not found")
	}
	return success(map[string]any{"name": r.PathValue("app")})
}

func (s *Server) subscribe(r *http.Request) answer {
	var asked struct{ EventSource string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return failure(http.StatusBadRequest, "Invalid JSON")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.apps[r.PathValue("app")]
	if app == nil {
		return failure(http.StatusNotFound, "Application not found")
	}
	if _, ok := app.sources[asked.EventSource]; !ok {
		return failure(http.StatusUnprocessableEntity, "Event source does not exist")
	}
	app.sources[asked.EventSource] = true
	return success(map[string]any{"name": r.PathValue("app")})
}

// SetFilterMissing makes the server one of the time before 16.3, without the eventFilter.
func (s *Server) SetFilterMissing(missing bool) { s.set(&s.noFilter, missing) }

// Filter returns the types of events that an application has asked for; nil: all.
func (s *Server) Filter(application string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if app := s.apps[application]; app != nil {
		return slices.Clone(app.allowed)
	}
	return nil
}

func (s *Server) setFilter(r *http.Request) answer {
	var filter struct{ Allowed []struct{ Type string } }
	if err := json.NewDecoder(r.Body).Decode(&filter); err != nil {
		return failure(http.StatusBadRequest, "Invalid JSON")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app := s.apps[r.PathValue("app")]
	if app == nil || s.noFilter {
		return failure(http.StatusNotFound, "Resource not found")
	}
	app.allowed = nil
	for _, allowed := range filter.Allowed {
		app.allowed = append(app.allowed, allowed.Type)
	}
	return success(map[string]any{"name": r.PathValue("app")})
}
