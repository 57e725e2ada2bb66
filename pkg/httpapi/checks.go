package httpapi

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"ari-recorder/pkg/recording"
)

// From here on a figure is worth somebody's attention.
const (
	slowDatabase = 500 * time.Millisecond
	lateEvents   = 2 * time.Second
	longBacklog  = 100       // recordings that wait for the archive
	littleSpace  = 2 << 30   // bytes: some 36 hours of audio
	littleShare  = 0.05      // of the whole storage
	noSpace      = 256 << 20 // bytes: the database may be on the same disk
)

type status string

const (
	pass status = "pass"
	warn status = "warn"
	fail status = "fail"
)

// check is one entry of a health document, in the words of draft-inadarei-api-health-check.
type check struct {
	ComponentID    string `json:"componentId,omitempty"`
	ComponentType  string `json:"componentType"`
	ObservedValue  any    `json:"observedValue,omitempty"`
	ObservedUnit   string `json:"observedUnit,omitempty"`
	LastEventAgeMS *int64 `json:"lastEventAgeMs,omitempty"`
	Status         status `json:"status"`
	Time           string `json:"time"`
	Output         string `json:"output,omitempty"` // for everybody to read: nothing secret

	err error // for the log
}

// figure makes a check of a figure.
func figure(kind string, value any, unit string) check {
	return check{ComponentType: kind, ObservedValue: value, ObservedUnit: unit, Status: pass}
}

// failed makes a check of what could not be asked.
func failed(kind, output string, err error) check {
	return check{ComponentType: kind, Status: fail, Output: output, err: err}
}

// but lowers the check's standing if bad.
func (c check) but(bad bool, to status, output string) check {
	if bad {
		c.Status, c.Output = to, output
	}
	return c
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// connectivity has an entry for each node. One that takes no starts has failed, whatever the others do.
func connectivity(nodes []NodeHealth, err error, now time.Time) []check {
	if err != nil || len(nodes) == 0 {
		return []check{failed("component", "it is not known whether Asterisk can be reached", err)}
	}
	list := make([]check, len(nodes))
	for i, n := range nodes {
		c := check{ComponentID: n.Name, ComponentType: "component", Status: pass}
		if n.RoundTrip > 0 {
			c.ObservedValue, c.ObservedUnit = milliseconds(n.RoundTrip), "ms"
		}
		if !n.LastEvent.IsZero() {
			age := max(0, now.Sub(n.LastEvent).Milliseconds())
			c.LastEventAgeMS = &age
		}
		c = c.but(n.Fault != "", warn, n.Fault)
		list[i] = c.but(!n.Connected || !n.Ready, fail, n.trouble())
	}
	return list
}

func (n NodeHealth) trouble() string {
	switch {
	case n.Fault != "":
		return n.Fault
	case !n.Connected:
		return "Asterisk cannot be reached"
	default:
		return "Asterisk's calls are being listed"
	}
}

// eventsLag has an entry for each node that has sent an event.
func eventsLag(nodes []NodeHealth) []check {
	list := []check{}
	for _, n := range nodes {
		if n.LastEvent.IsZero() {
			continue
		}
		c := figure("component", milliseconds(n.Lag), "ms").
			but(n.Lag > lateEvents, warn, "events come in late, or Asterisk's clock differs from ours")
		c.ComponentID = n.Name
		list = append(list, c)
	}
	return list
}

func responseTime(took time.Duration, err error) check {
	if err != nil {
		return failed("datastore", "the database does not answer", err)
	}
	return figure("datastore", milliseconds(took), "ms").but(took > slowDatabase, warn, "the database is slow")
}

// storageFree fails where starts are refused, and warns long before.
func storageFree(s space, minFree uint64, err error) check {
	if err != nil {
		return failed("datastore", "the storage does not answer", err)
	}
	if s.total == 0 {
		return check{ComponentType: "datastore", Status: pass}
	}
	share := float64(s.free) / float64(s.total)
	output := fmt.Sprintf("%.1f %% of the storage is free", 100*share)
	return figure("datastore", s.free, "bytes").
		but(s.free < max(littleSpace, 4*minFree) || share < littleShare, warn, output).
		but(s.free < noSpace, fail, output).
		but(s.free < minFree, fail, output+": starts are refused")
}

func channelsLive(channels map[string]int) []check {
	list := []check{}
	for _, node := range slices.Sorted(maps.Keys(channels)) {
		c := figure("component", channels[node], "channels")
		c.ComponentID = node
		list = append(list, c)
	}
	return list
}

func recordingsActive(stats recording.Stats, full bool) check {
	return figure("component", stats.Active, "recordings").
		but(full, warn, "as many recordings run as recording.max_active allows: starts are refused")
}

// recordingsOrphaned has an entry for each node.
func recordingsOrphaned(stats recording.Stats) []check {
	list := []check{}
	for _, node := range slices.Sorted(maps.Keys(stats.Orphans)) {
		c := figure("component", stats.Orphans[node], "recordings").
			but(stats.Orphans[node] > 0, warn, "Asterisk has recordings under our name that no row knows: ari-recorder recordings verify names them")
		c.ComponentID = node
		list = append(list, c)
	}
	return list
}

func archiveBacklog(stats recording.Stats) check {
	return figure("component", stats.Backlog, "recordings").
		but(stats.Backlog > longBacklog, warn, "finished recordings wait for the archive")
}
