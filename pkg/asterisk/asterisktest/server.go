// Package asterisktest imitates Asterisk's ARI for tests: real HTTP and a real websocket, with the habits of Asterisk
// that were measured, and faults on demand. It is held to the same suites as a real Asterisk. It shares no code with the
// adapter that it tests.
package asterisktest

import (
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Server is an ARI server on a free port of the loopback address.
type Server struct {
	URL      string // ARI's root
	Username string
	Password string

	http    *httptest.Server
	sockets sync.WaitGroup

	mu                                               sync.Mutex // of what follows, up to connsMu
	closed                                           bool
	booting, readOnly, spoolReadOnly, vars, noFilter bool // what the setters of these names say

	channels map[string]*channel
	bridges  map[string][]string // members' ids
	holding  map[string]bool
	live     map[string]*live
	stored   map[string]stored
	apps     map[string]*application
	faults   []*Fault
	drops    map[string]int // events of a type that are yet to be dropped
	requests []Request

	connsMu sync.Mutex
	conns   map[net.Conn]struct{} // that were ever made
}

// NewServer starts a server that ends with the test.
func NewServer(t testing.TB) *Server {
	s := newServer()
	s.http = httptest.NewUnstartedServer(s.routes())
	s.http.Config.ConnState = s.count
	s.http.Start()
	s.URL = s.http.URL + "/ari"
	t.Cleanup(s.close)
	return s
}

// NewTLSServer starts a server with a certificate of its own, and returns the certificate as PEM.
func NewTLSServer(t testing.TB) (*Server, []byte) {
	s := newServer()
	s.http = httptest.NewTLSServer(s.routes())
	s.URL = s.http.URL + "/ari"
	t.Cleanup(s.close)
	return s, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
}

func newServer() *Server {
	return &Server{
		Username: "test",
		Password: "s3cret:with%signs",
		channels: make(map[string]*channel),
		bridges:  make(map[string][]string),
		holding:  make(map[string]bool),
		live:     make(map[string]*live),
		stored:   make(map[string]stored),
		apps:     make(map[string]*application),
		drops:    make(map[string]int),
		conns:    make(map[net.Conn]struct{}),
	}
}

// count follows the connections: Asterisk has few to give away.
func (s *Server) count(conn net.Conn, _ http.ConnState) {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	s.conns[conn] = struct{}{}
}

// Connections returns how many connections were made so far, websockets included.
func (s *Server) Connections() int {
	s.connsMu.Lock()
	defer s.connsMu.Unlock()
	return len(s.conns)
}

// close ends the server, its websockets and its recordings' timers.
func (s *Server) close() {
	s.mu.Lock()
	s.closed = true
	for _, recording := range s.live {
		recording.stopTimer()
	}
	s.mu.Unlock()
	s.CutEvents()
	s.http.CloseClientConnections()
	s.http.Close()
	s.sockets.Wait()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range map[string]func(*http.Request) answer{
		"GET /ari/asterisk/info":                    s.info,
		"GET /ari/channels":                         s.listChannels,
		"GET /ari/channels/{id}":                    s.getChannel,
		"DELETE /ari/channels/{id}":                 s.hangUp,
		"POST /ari/channels/{id}/snoop/{snoop}":     s.snoop,
		"POST /ari/channels/{id}/record":            s.record,
		"GET /ari/channels/{id}/variable":           s.getVariable,
		"POST /ari/channels/{id}/variable":          s.setVariable,
		"GET /ari/bridges":                          s.listBridges,
		"GET /ari/recordings/live/{name}":           s.getLive,
		"POST /ari/recordings/live/{name}/pause":    s.pause,
		"DELETE /ari/recordings/live/{name}/pause":  s.unpause,
		"GET /ari/recordings/stored/{name}":         s.getStored,
		"GET /ari/recordings/stored":                s.listStored,
		"DELETE /ari/recordings/stored/{name}":      s.deleteStored,
		"GET /ari/recordings/stored/{name}/file":    s.getFile,
		"GET /ari/applications/{app}":               s.getApplication,
		"POST /ari/applications/{app}/subscription": s.subscribe,
		"PUT /ari/applications/{app}/eventFilter":   s.setFilter,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handler(r).write(w) })
	}
	mux.HandleFunc("GET /ari/events", s.events)
	return s.guard(mux)
}

// guard checks credentials and applies faults, as Asterisk's HTTP server comes before its ARI.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := s.begin(r)
		username, password, _ := r.BasicAuth()
		switch {
		case username != s.Username || password != s.Password:
			w.Header().Set("WWW-Authenticate", `Basic realm="Asterisk REST Interface"`)
			w.WriteHeader(http.StatusUnauthorized) // without a body, as Asterisk does
		case s.is(&s.booting):
			failure(http.StatusServiceUnavailable, "Asterisk not booted").write(w)
		case s.is(&s.readOnly) && r.Method != http.MethodGet:
			failure(http.StatusForbidden, "Write access denied").write(w)
		default:
			fault.serve(w, r, next)
		}
	})
}

func (s *Server) is(flag *bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *flag
}

func (s *Server) set(flag *bool, value bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*flag = value
}

// answer is a response: JSON, or bytes of a file.
type answer struct {
	status int
	body   any // nil: none
	file   []byte
}

func success(body any) answer { return answer{status: http.StatusOK, body: body} }

func noContent() answer { return answer{status: http.StatusNoContent} }

func failure(status int, message string) answer {
	return answer{status: status, body: map[string]string{"message": message}}
}

func (a answer) write(w http.ResponseWriter) {
	if a.file != nil {
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Length", strconv.Itoa(len(a.file)))
		w.WriteHeader(a.status)
		w.Write(a.file) //nolint:errcheck // a client that went away is the client's business
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	if a.body != nil {
		json.NewEncoder(w).Encode(a.body) //nolint:errcheck // as above
	}
}

func (s *Server) info(*http.Request) answer {
	return success(map[string]any{"system": map[string]string{"version": "22.0.0-fake", "entity_id": "00:00:00:00:00:01"}})
}

// timestamp is ARI's form of a time.
func timestamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000-0700") }
