package faults

import (
	"maps"
	"net/http"
	"strings"
)

// ObjectWire stands between the service and an S3 server and knows its requests, such as "PUT object".
type ObjectWire struct {
	URL string // of the server, through the wire
	wire
}

// NewObjectWire starts a wire to the server at the target, such as 127.0.0.1:9000.
func NewObjectWire(target string) (*ObjectWire, error) {
	w := &ObjectWire{}
	if err := w.open(target, w.serve); err != nil {
		return nil, err
	}
	w.URL = w.url()
	return w, nil
}

// request names what is asked: of an object, its parts, or the bucket.
func request(r *http.Request) string {
	query := r.URL.Query()
	switch _, object, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case !below || object == "":
		return r.Method + " bucket"
	case query.Has("uploadId") || query.Has("uploads"):
		return r.Method + " part"
	default:
		return r.Method + " object"
	}
}

func (w *ObjectWire) serve(out http.ResponseWriter, r *http.Request) {
	answer, content := w.carry(out, r, request(r))
	if answer == nil {
		return
	}
	maps.Copy(out.Header(), answer.Header)
	out.WriteHeader(answer.StatusCode)
	_, _ = out.Write(content) // who does not listen is not owed more
}
