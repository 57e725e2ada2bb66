package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ari-recorder/pkg/recording"
)

// recordings counts what happens to recordings.
type recordings struct {
	starts      *prometheus.CounterVec
	startTime   *prometheus.HistogramVec
	transitions *prometheus.CounterVec
	bytes       prometheus.Counter
	seconds     prometheus.Counter
	archiveTime prometheus.Histogram
}

var _ recording.Observer = (*Metrics)(nil)

// startCodes are the outcomes of a start. They are there from the beginning: the first failure must be seen as a rise.
var startCodes = []recording.Code{
	"", recording.CodeInvalid, recording.CodeNoChannel, recording.CodeNotAnswered, recording.CodeAmbiguous, recording.CodeOtherTag,
	recording.CodeTooMany, recording.CodeAsterisk, recording.CodeDatabase, recording.CodeInternal,
}

func newRecordings() recordings {
	r := recordings{
		starts:      counter("starts_total", "Requests to start a recording, by their outcome.", "outcome"),
		startTime:   histogram("start_duration_seconds", "How long requests to start a recording took.", quick, "result"),
		transitions: counter("recording_transitions_total", "Committed changes of a recording's state; from is new for a first one.", "from", "to"),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "archived_bytes_total", Help: "Audio proven and stored.",
		}),
		seconds: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "archived_audio_seconds_total", Help: "Length of the audio proven and stored.",
		}),
		archiveTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "archive_duration_seconds", Help: "How long proving and storing a recording took.", Buckets: patient,
		}),
	}
	for _, code := range startCodes {
		r.starts.WithLabelValues(outcome(code))
	}
	return r
}

func (r *recordings) all() []prometheus.Collector {
	return []prometheus.Collector{r.starts, r.startTime, r.transitions, r.bytes, r.seconds, r.archiveTime}
}

// Started counts a request to start a recording: see recording.Observer.
func (r *recordings) Started(code recording.Code, took time.Duration) {
	result := "ok"
	if code != "" {
		result = "error"
	}
	r.starts.WithLabelValues(outcome(code)).Inc()
	r.startTime.WithLabelValues(result).Observe(took.Seconds())
}

func outcome(code recording.Code) string {
	if code == "" {
		return "ok"
	}
	return string(code)
}

// Moved counts a committed change of state: see recording.Observer.
func (r *recordings) Moved(from, to recording.State) {
	if from == "" {
		from = "new"
	}
	r.transitions.WithLabelValues(string(from), string(to)).Inc()
}

// Archived counts audio that was proven and stored: see recording.Observer.
func (r *recordings) Archived(a recording.Audio, took time.Duration) {
	r.bytes.Add(float64(a.Size))
	r.seconds.Add(a.Duration.Seconds())
	r.archiveTime.Observe(took.Seconds())
}
