// Package metrics counts what the service does, for Prometheus. Its methods are the observers of the other packages,
// with plain types, and return at once; what is a state and no event is read when Prometheus asks.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "ari_recorder"

// Metrics holds all counters in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	recordings
	asterisk
	requests
}

// New makes the counters. Version and revision are those of the build.
func New(version, revision string) *Metrics {
	m := &Metrics{
		registry:   prometheus.NewRegistry(),
		recordings: newRecordings(),
		asterisk:   newAsterisk(),
		requests:   newRequests(),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1; the labels tell what is running.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "goversion": runtime.Version()},
	})
	info.Set(1)
	m.registry.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.recordings.all()...)
	m.registry.MustRegister(m.asterisk.all()...)
	m.registry.MustRegister(m.requests.all()...)
	return m
}

// Watch adds the states; it is called once, when what it reads is there.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(newStates(s)) }

// Handler answers Prometheus. What hangs costs a scrape its time limit, and the service a few goroutines at most.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4,
		Timeout:             5 * time.Second,
		EnableOpenMetrics:   true,
	})
}

// quick are the buckets of what people wait for, in seconds: a start takes some milliseconds on the machine itself.
var quick = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// patient are the buckets of what goes on in the background, in seconds.
var patient = []float64{0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}
