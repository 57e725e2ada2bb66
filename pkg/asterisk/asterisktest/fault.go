package asterisktest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
)

// Fault is what goes wrong with requests.
type Fault struct {
	Method string // of the requests concerned; empty: any
	Path   string // a part of their escaped path, such as /snoop/
	Times  int    // how many; 0 is one, -1 all

	Status  int    // answered instead; 0: the true answer
	Message string // ARI's words with Status; empty: no body at all
	Works   bool   // with Status: the request does its work all the same
	Break   bool   // the connection is closed instead of an answer; with Works, after the work. A client may repeat a GET

	Short bool            // the body ends before its Content-Length
	Stall bool            // the body stands still half-way, until the client goes
	Until <-chan struct{} // the request waits until this is closed or the client goes, if not nil
	Then  func()          // called when the work is done and before the answer, if not nil
}

// Inject adds a fault. The first one that fits a request applies to it.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// DropEvents lets the next count events of a type be lost; -1: all.
func (s *Server) DropEvents(kind string, count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops[kind] = count
}

// SetBooting lets ARI answer 503 as a starting Asterisk does; SetReadOnlyUser 403 to all but GET.
func (s *Server) SetBooting(booting bool) { s.set(&s.booting, booting) }

// SetReadOnlyUser makes the user one with read_only=yes.
func (s *Server) SetReadOnlyUser(readOnly bool) { s.set(&s.readOnly, readOnly) }

// SetChannelVars lets channels carry their linkedid, as channelvars=CHANNEL(linkedid) in ari.conf does.
func (s *Server) SetChannelVars(vars bool) { s.set(&s.vars, vars) }

// Request is a request as it came in.
type Request struct {
	Line string // method and escaped path with query
	Body string
}

// Requests returns what was asked for so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// begin writes the request down and finds its fault.
func (s *Server) begin(r *http.Request) Fault {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Fault{Break: true}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method + " " + r.URL.RequestURI(), string(body)})
	for _, f := range s.faults {
		if f.Times != 0 && (f.Method == "" || f.Method == r.Method) && strings.Contains(r.URL.EscapedPath(), f.Path) {
			f.Times--
			return *f
		}
	}
	return Fault{}
}

// serve answers the request as the fault wants it.
func (f Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-r.Context().Done():
			return
		}
	}
	if f.Status == 0 && !f.Break && !f.Short && !f.Stall && f.Then == nil {
		next.ServeHTTP(w, r)
		return
	}
	work := httptest.NewRecorder()
	if f.Status == 0 && !f.Break || f.Works {
		next.ServeHTTP(work, r)
	}
	if f.Then != nil {
		f.Then()
	}
	switch {
	case f.Break:
		panic(http.ErrAbortHandler)
	case f.Status != 0 && f.Message == "":
		w.WriteHeader(f.Status)
	case f.Status != 0:
		failure(f.Status, f.Message).write(w)
	default:
		f.body(w, r, work.Result().Header, work.Code, work.Body.Bytes())
	}
}

// body sends the true answer, whole or not.
func (f Fault) body(w http.ResponseWriter, r *http.Request, header http.Header, status int, content []byte) {
	w.Header().Set("Content-Type", header.Get("Content-Type"))
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(status)
	if f.Short || f.Stall {
		content = content[:len(content)/2]
	}
	w.Write(content) //nolint:errcheck // a client that went away is the client's business
	if !f.Short && !f.Stall {
		return
	}
	http.NewResponseController(w).Flush() //nolint:errcheck // as above
	if f.Stall {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}
