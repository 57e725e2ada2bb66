package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// asterisk counts what is said between Asterisk and us.
type asterisk struct {
	events     *prometheus.CounterVec
	eventLag   *prometheus.HistogramVec
	reconnects *prometheus.CounterVec
	resyncTime *prometheus.HistogramVec
	callTime   *prometheus.HistogramVec

	types, operations, outcomes *words
}

func newAsterisk() asterisk {
	return asterisk{
		events:     counter("asterisk_events_total", "Events received, by their type.", "node", "type"),
		eventLag:   histogram("asterisk_event_lag_seconds", "How long events were under way, by Asterisk's clock and ours.", quick, "node"),
		reconnects: counter("asterisk_reconnects_total", "Connections for events that were made anew.", "node"),
		resyncTime: histogram("asterisk_resync_duration_seconds", "How long listing a node's channels took.", quick, "node"),
		callTime:   histogram("asterisk_request_duration_seconds", "How long Asterisk took to answer a request.", quick, "operation", "outcome"),
		types:      upTo(64),
		operations: upTo(32),
		outcomes:   upTo(16),
	}
}

func (a *asterisk) all() []prometheus.Collector {
	return []prometheus.Collector{a.events, a.eventLag, a.reconnects, a.resyncTime, a.callTime}
}

// Event counts an event of a node by its type.
func (a *asterisk) Event(node, kind string) {
	a.events.WithLabelValues(node, a.types.known(kind)).Inc()
}

// Heard reports how long an event was under way.
func (a *asterisk) Heard(node string, lag time.Duration) {
	a.eventLag.WithLabelValues(node).Observe(lag.Seconds())
}

// Reconnected counts a connection for events that was made anew.
func (a *asterisk) Reconnected(node string) { a.reconnects.WithLabelValues(node).Inc() }

// Resynced reports how long listing a node's channels took.
func (a *asterisk) Resynced(node string, took time.Duration) {
	a.resyncTime.WithLabelValues(node).Observe(took.Seconds())
	a.reconnects.WithLabelValues(node) // it is there before the first one, which must be seen as a rise
}

// Called reports a request to Asterisk, such as snoop, with its outcome in a word, and how long it took.
func (a *asterisk) Called(_, operation, outcome string, took time.Duration) {
	a.callTime.WithLabelValues(a.operations.known(operation), a.outcomes.known(outcome)).Observe(took.Seconds())
}
