package asterisktest

import (
	"net/http"
	"sort"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// stored is a file; open measures it while it is being written.
type stored struct {
	format  recording.Format
	content []byte
	open    *recordingtest.Meter
}

func (f stored) bytes() []byte {
	if f.open == nil {
		return f.content
	}
	return recordingtest.OpenWAV(f.format, f.open.Length())
}

// SetSpoolReadOnly lets recordings end as they begin and leave no file: Asterisk reports start and end, nothing else.
func (s *Server) SetSpoolReadOnly(readOnly bool) { s.set(&s.spoolReadOnly, readOnly) }

// SetFile puts a file into the spool.
func (s *Server) SetFile(name string, f recording.Format, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored[name] = stored{format: f, content: content}
}

// Files returns the names of the stored recordings.
func (s *Server) Files() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.stored))
	for name := range s.stored {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (s *Server) getStored(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.stored[r.PathValue("name")]
	if !ok {
		return failure(http.StatusNotFound, "Recording not found")
	}
	return success(payload{"name": r.PathValue("name"), "format": f.format})
}

// listStored answers with all files, those that are being written included.
func (s *Server) listStored(*http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []payload{}
	for name, f := range s.stored {
		list = append(list, payload{"name": name, "format": f.format})
	}
	return success(list)
}

func (s *Server) getFile(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.stored[r.PathValue("name")]
	if !ok {
		return failure(http.StatusNotFound, "Recording not found")
	}
	return answer{status: http.StatusOK, file: f.bytes()}
}

func (s *Server) deleteStored(r *http.Request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.stored[r.PathValue("name")]; !ok {
		return failure(http.StatusNotFound, "Recording not found")
	}
	delete(s.stored, r.PathValue("name"))
	return noContent()
}
