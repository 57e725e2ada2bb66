package faults

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// ARIWire stands between the service and Asterisk's ARI and knows what it carries: requests by what they ask for, answers,
// and events one by one.
type ARIWire struct {
	URL         string // of ARI, through the wire
	Application string // asterisk.application of the service
	wire

	root string         // the path of ARI
	ours *regexp.Regexp // the name of a snoop or recording of the service's
	pace pace
}

// NewARIWire starts a wire to the ARI at target, such as http://127.0.0.1:8088/ari, for a service with this asterisk.application.
func NewARIWire(target, application string) (*ARIWire, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	w := &ARIWire{Application: application, root: to.Path}
	w.ours = regexp.MustCompile(`"` + regexp.QuoteMeta(application) + `-[0-9a-z]{26}`)
	if err := w.open(to.Host, w.serve); err != nil {
		return nil, err
	}
	w.URL = w.url() + to.Path
	return w, nil
}

// Close ends the wire and everything on it.
func (w *ARIWire) Close() error {
	w.pace.slow(0)
	return w.wire.Close()
}

// kinds are the requests of a recording's life, by method and path below ARI's root.
var kinds = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`^POST /channels/[^/]+/snoop/`), "snoop"},
	{regexp.MustCompile(`^POST /channels/[^/]+/variable$`), "set variable"},
	{regexp.MustCompile(`^GET /channels/[^/]+/variable$`), "get variable"},
	{regexp.MustCompile(`^POST /channels/[^/]+/record$`), "record"},
	{regexp.MustCompile(`^GET /channels/[^/]+$`), "look for channel"},
	{regexp.MustCompile(`^DELETE /channels/[^/]+$`), "hang up"},
	{regexp.MustCompile(`^POST /recordings/live/[^/]+/pause$`), "pause"},
	{regexp.MustCompile(`^DELETE /recordings/live/[^/]+/pause$`), "resume"},
	{regexp.MustCompile(`^GET /recordings/live/[^/]+$`), "look for live recording"},
	{regexp.MustCompile(`^GET /recordings/stored/[^/]+$`), "look for file"},
	{regexp.MustCompile(`^GET /recordings/stored/[^/]+/file$`), "fetch file"},
	{regexp.MustCompile(`^DELETE /recordings/stored/[^/]+$`), "delete file"},
	{regexp.MustCompile(`^GET /channels$`), "list channels"},
	{regexp.MustCompile(`^GET /bridges$`), "list bridges"},
}

func (w *ARIWire) kind(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.EscapedPath(), w.root)
	for _, k := range kinds {
		if k.pattern.MatchString(r.Method + " " + path) {
			return k.what
		}
	}
	return r.Method + " " + path
}

func (w *ARIWire) serve(out http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		w.events(out, r)
		return
	}
	what := w.kind(r)
	answer, content := w.carry(out, r, what)
	if answer == nil {
		return
	}
	for _, name := range []string{"Content-Type", "Content-Length"} {
		if value := answer.Header.Get(name); value != "" {
			out.Header().Set(name, value)
		}
	}
	out.WriteHeader(answer.StatusCode)
	if what == "fetch file" {
		half := len(content) / 2
		_, _ = out.Write(content[:half]) // who does not listen is not owed more
		_ = http.NewResponseController(out).Flush()
		content = content[half:]
		if w.spoilt(out, r, Step{what, Halfway}) {
			return
		}
	}
	_, _ = out.Write(content) // who does not listen is not owed more
}
