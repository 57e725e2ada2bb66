package app

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HealthQuery asks the running service how it is.
type HealthQuery struct {
	URL     string        // of the service
	Own     bool          // URL is this machine's own LocalURL: its certificate, which is for another name, is not looked at
	CAFile  string        // certificates (PEM) that are trusted; empty: the system's
	Live    bool          // ask only whether the process works, not what it depends on
	Timeout time.Duration // for the whole answer; 0: 10 s
}

// Health prints how the service is: its checks as a table, or its document. It returns an error if that is fail, or if
// there is no answer; a *UsageError if the query is none.
func Health(ctx context.Context, q HealthQuery, to Console) error {
	if q.Live && to.JSON {
		return misused("--live has no document; leave --json out")
	}
	h, err := q.ask(ctx)
	if err != nil {
		return err
	}
	if to.JSON {
		return errors.Join(to.passJSON(h.text), h.err())
	}
	return errors.Join(h.print(to), h.err())
}

// healthDocument is the service's answer.
type healthDocument struct {
	Status  string                       `json:"status"`
	Version string                       `json:"version"`
	Checks  map[string][]healthCheckJSON `json:"checks"`

	text []byte // as it came
}

type healthCheckJSON struct {
	ComponentID    string `json:"componentId"`
	ObservedValue  any    `json:"observedValue"` // a number in our own documents
	ObservedUnit   string `json:"observedUnit"`
	LastEventAgeMS *int64 `json:"lastEventAgeMs"`
	Status         string `json:"status"`
	Output         string `json:"output"`
}

// The standings of a document and of a check.
const (
	healthPass = "pass"
	healthWarn = "warn"
	healthFail = "fail"
)

// ask returns the document; with Live, and a service that lives, one without checks.
func (q HealthQuery) ask(ctx context.Context) (*healthDocument, error) {
	client, err := q.client()
	if err != nil {
		return nil, err
	}
	path := "/health"
	if q.Live {
		path = "/health/live"
	}
	a, err := client.ask(ctx, path)
	if err != nil {
		return nil, err
	}
	if q.Live {
		if a.code != http.StatusOK || strings.TrimSpace(string(a.body)) != "alive" {
			return nil, client.stranger(a)
		}
		return &healthDocument{Status: healthPass}, nil
	}
	h := &healthDocument{text: a.body}
	if json.Unmarshal(a.body, h) != nil || !h.understood() {
		return nil, client.stranger(a)
	}
	return h, nil
}

func (q HealthQuery) client() (*client, error) {
	if q.Timeout < 0 {
		return nil, misused("--timeout must be longer than nothing, such as 5s")
	}
	c, err := newClient(q.URL, "", q.CAFile)
	if err != nil {
		return nil, err
	}
	if q.Timeout > 0 {
		c.http.Timeout = q.Timeout
	}
	if q.Own {
		// The answer is no secret and none is sent. A certificate that has run out must not get a working process restarted.
		transport := c.http.Transport.(*http.Transport)
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
		transport.Proxy = nil
	}
	return c, nil
}

// understood tells whether the document has the standings that we know.
func (h *healthDocument) understood() bool {
	return slices.Contains([]string{healthPass, healthWarn, healthFail}, h.Status) && len(h.Checks) > 0
}

func (h *healthDocument) err() error {
	if h.Status != healthFail {
		return nil
	}
	return errors.New("the service fails: " + h.troubles())
}

// each visits the checks in a fixed order.
func (h *healthDocument) each(visit func(name string, c healthCheckJSON)) {
	for _, name := range slices.Sorted(maps.Keys(h.Checks)) {
		for _, c := range h.Checks[name] {
			visit(name, c)
		}
	}
}

// troubles says of each check that does not pass what is wrong, the worst first.
func (h *healthDocument) troubles() string {
	var failed, warned []string
	h.each(func(name string, c healthCheckJSON) {
		line := name
		if c.ComponentID != "" {
			line += " " + c.ComponentID
		}
		if c.Output != "" {
			line += ": " + c.Output
		}
		switch c.Status {
		case healthFail:
			failed = append(failed, printable(line))
		case healthWarn:
			warned = append(warned, printable(line))
		}
	})
	return strings.Join(append(failed, warned...), "; ")
}

func (h *healthDocument) print(to Console) error {
	if len(h.Checks) == 0 {
		_, err := fmt.Fprintln(to.Out, "alive")
		return err
	}
	if _, err := fmt.Fprintf(to.Out, "%s, version %s\n\n", h.Status, printable(h.Version)); err != nil {
		return err
	}
	t := newTable(to.Out, "CHECK", "COMPONENT", "STATUS", "VALUE", "REMARK")
	h.each(func(name string, c healthCheckJSON) {
		t.row(name, c.ComponentID, c.Status, c.value(), c.remark())
	})
	return t.flush()
}

// value is what was observed, as people read it.
func (c healthCheckJSON) value() string {
	n, ok := c.ObservedValue.(float64)
	switch {
	case !ok:
		return ""
	case c.ObservedUnit == "bytes":
		return size(int64(n))
	case c.ObservedUnit == "s":
		return length(time.Duration(n * float64(time.Second)))
	}
	return strings.TrimSpace(strconv.FormatFloat(n, 'f', -1, 64) + " " + c.ObservedUnit)
}

func (c healthCheckJSON) remark() string {
	if c.Output == "" && c.LastEventAgeMS != nil {
		return "last event " + length(time.Duration(*c.LastEventAgeMS)*time.Millisecond) + " ago"
	}
	return c.Output
}
