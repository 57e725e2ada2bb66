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
	failures    *prometheus.CounterVec
	bytes       prometheus.Counter
	seconds     prometheus.Counter
	archiveTime prometheus.Histogram
	archiveLate prometheus.Counter
	unaudited   *prometheus.CounterVec
	actions     *words
}

var _ recording.Observer = (*Metrics)(nil)

// startCodes are the outcomes of a start. They are there from the beginning: the first failure must be seen as a rise.
var startCodes = []recording.Code{
	"", recording.CodeInvalid, recording.CodeNoChannel, recording.CodeNotAnswered, recording.CodeAmbiguous, recording.CodeOtherTag,
	recording.CodeTooMany, recording.CodeStorageFull, recording.CodeAsterisk, recording.CodeDatabase, recording.CodeInternal,
}

// failureCodes are the causes of failed recordings, there from the beginning for the same reason.
var failureCodes = []recording.FailureCode{
	recording.FailChannelGone, recording.FailUnreachable, recording.FailNoSnoop, recording.FailRefused, recording.FailNotStarted,
	recording.FailNoFile, recording.FailNoAudio, recording.FailBadFile, recording.FailInterrupt,
}

// actions are those of the audit trail.
var actions = []recording.Action{
	recording.ActionStart, recording.ActionStop, recording.ActionPause, recording.ActionResume, recording.ActionRetrieve, recording.ActionPlay,
	recording.ActionTag, recording.ActionPrivate, recording.ActionLegalHold, recording.ActionDelete, recording.ActionRestore, recording.ActionErase,
	recording.ActionDenied,
}

func newRecordings() recordings {
	r := recordings{
		starts:      counter("starts_total", "Requests to start a recording, by their outcome.", "outcome"),
		startTime:   histogram("start_duration_seconds", "How long requests to start a recording took.", quick, "result"),
		transitions: counter("recording_transitions_total", "Committed changes of a recording's state; from is new for a first one.", "from", "to"),
		failures:    counter("recordings_failed_total", "Recordings that have failed, by cause.", "cause"),
		unaudited:   counter("audit_failures_total", "Entries of the audit trail that could not be written, by action.", "action"),
		actions:     upTo(32),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "archived_bytes_total", Help: "Audio proven and stored.",
		}),
		seconds: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "archived_audio_seconds_total", Help: "Length of the audio proven and stored.",
		}),
		archiveTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "archive_duration_seconds", Help: "How long proving and storing a recording took.", Buckets: patient,
		}),
		archiveLate: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "archive_failures_total", Help: "Attempts to store a finished recording that failed; they are repeated.",
		}),
	}
	for _, code := range startCodes {
		r.starts.WithLabelValues(outcome(code))
	}
	for _, cause := range failureCodes {
		r.failures.WithLabelValues(string(cause))
	}
	for _, from := range []recording.State{recording.Starting, recording.Active, recording.Paused, recording.Stopping, recording.Archiving} {
		r.transitions.WithLabelValues(string(from), string(recording.Failed))
	}
	for _, action := range actions {
		r.unaudited.WithLabelValues(r.actions.known(string(action)))
	}
	return r
}

func (r *recordings) all() []prometheus.Collector {
	return []prometheus.Collector{
		r.starts, r.startTime, r.transitions, r.failures, r.bytes, r.seconds, r.archiveTime, r.archiveLate, r.unaudited,
	}
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

// Failed counts a recording that has failed: see recording.Observer.
func (r *recordings) Failed(cause recording.FailureCode) {
	r.failures.WithLabelValues(string(cause)).Inc()
}

// NotArchived counts an attempt to store a recording: see recording.Observer.
func (r *recordings) NotArchived() { r.archiveLate.Inc() }

// NotAudited counts what the audit trail lacks: see recording.Observer.
func (r *recordings) NotAudited(action recording.Action) {
	r.unaudited.WithLabelValues(r.actions.known(string(action))).Inc()
}

// Archived counts audio that was proven and stored: see recording.Observer.
func (r *recordings) Archived(a recording.Audio, took time.Duration) {
	r.bytes.Add(float64(a.Size))
	r.seconds.Add(a.Duration.Seconds())
	r.archiveTime.Observe(took.Seconds())
}
