package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ari-recorder/pkg/recording"
)

// Sources are where the states are read from when Prometheus asks; those that are nil are left out.
type Sources struct {
	Stats    func() recording.Stats
	Channels func() map[string]int // live channels by node
	Nodes    func() []Node
	Storage  func(context.Context) (free, total uint64, err error) // bytes; total is 0 where nobody knows
	Database func(context.Context) (time.Duration, error)          // one round trip
}

// Node is how an Asterisk node stands.
type Node struct {
	Name      string
	Connected bool
	Ready     bool
	RoundTrip time.Duration // of the latest ping; zero: none yet
	LastEvent time.Time     // zero: none yet
}

var (
	activeDesc    = state("recordings_active", "Recordings that this instance has running.")
	backlogDesc   = state("archive_backlog", "Finished recordings that wait for the archive.")
	orphansDesc   = state("orphaned_recordings", "Recordings in Asterisk under our name that no row knows.", "node")
	channelsDesc  = state("channels_live", "Live channels, those of the service itself left out.", "node")
	connectedDesc = state("node_connected", "1 while the node's events come in, else 0.", "node")
	readyDesc     = state("node_ready", "1 while the node's channels are completely known and starts are accepted, else 0.", "node")
	pingDesc      = state("node_round_trip_seconds", "How long the latest ping to the node took.", "node")
	eventDesc     = state("node_last_event_timestamp_seconds", "When the node's latest event was read, in seconds since 1970.", "node")
	storageDesc   = state("storage_up", "1 while the storage answers, else 0.")
	freeDesc      = state("storage_free_bytes", "What is free of the storage.")
	sizeDesc      = state("storage_size_bytes", "The whole storage.")
	databaseDesc  = state("database_up", "1 while the database answers, else 0.")
	tripDesc      = state("database_round_trip_seconds", "How long the database took to answer just now.")
)

func state(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

// states reads the sources at every scrape.
type states struct {
	Sources
	measuring sync.Mutex // held while the storage is asked, which may hang
}

func newStates(s Sources) *states { return &states{Sources: s} }

// Describe names the states: see prometheus.Collector.
func (s *states) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		activeDesc, backlogDesc, orphansDesc, channelsDesc, connectedDesc, readyDesc, pingDesc, eventDesc, storageDesc, freeDesc, sizeDesc, databaseDesc, tripDesc,
	} {
		out <- desc
	}
}

// Collect reads the states: see prometheus.Collector.
func (s *states) Collect(out chan<- prometheus.Metric) {
	if s.Stats != nil {
		stats := s.Stats()
		out <- gauge(activeDesc, float64(stats.Active))
		out <- gauge(backlogDesc, float64(stats.Backlog))
		for node, count := range stats.Orphans {
			out <- gauge(orphansDesc, float64(count), node)
		}
	}
	if s.Channels != nil {
		for node, count := range s.Channels() {
			out <- gauge(channelsDesc, float64(count), node)
		}
	}
	if s.Nodes != nil {
		for _, n := range s.Nodes() {
			n.collect(out)
		}
	}
	s.collectDatabase(out)
	s.collectStorage(out)
}

func (n Node) collect(out chan<- prometheus.Metric) {
	out <- gauge(connectedDesc, oneIf(n.Connected), n.Name)
	out <- gauge(readyDesc, oneIf(n.Ready), n.Name)
	if n.RoundTrip > 0 {
		out <- gauge(pingDesc, n.RoundTrip.Seconds(), n.Name)
	}
	if !n.LastEvent.IsZero() {
		out <- gauge(eventDesc, float64(n.LastEvent.UnixMilli())/1000, n.Name)
	}
}

// askBound is how long a scrape waits for the database.
const askBound = 2 * time.Second

func (s *states) collectDatabase(out chan<- prometheus.Metric) {
	if s.Database == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), askBound)
	defer cancel()
	took, err := s.Database(ctx)
	out <- gauge(databaseDesc, oneIf(err == nil))
	if err == nil {
		out <- gauge(tripDesc, took.Seconds())
	}
}

// collectStorage leaves out what cannot be measured, and does not wait where an earlier scrape hangs already: that one
// runs into its time limit, the next ones tell that the storage does not answer.
func (s *states) collectStorage(out chan<- prometheus.Metric) {
	if s.Storage == nil {
		return
	}
	if !s.measuring.TryLock() {
		out <- gauge(storageDesc, 0)
		return
	}
	defer s.measuring.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), askBound)
	defer cancel()
	free, total, err := s.Storage(ctx)
	out <- gauge(storageDesc, oneIf(err == nil))
	if err == nil && total > 0 {
		out <- gauge(freeDesc, float64(free))
		out <- gauge(sizeDesc, float64(total))
	}
}

func gauge(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
