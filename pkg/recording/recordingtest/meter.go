package recordingtest

import "time"

// Meter measures how much a live recording has recorded: its pauses are left out. The zero value has recorded nothing.
type Meter struct {
	before time.Duration // until the last pause
	since  time.Time     // when it went on; zero while it is paused
}

// StartMeter begins to measure at the moment.
func StartMeter(at time.Time) Meter { return Meter{since: at} }

// Paused tells whether nothing is recorded now.
func (m Meter) Paused() bool { return m.since.IsZero() }

// Length is what was recorded so far.
func (m Meter) Length() time.Duration {
	if m.Paused() {
		return m.before
	}
	return m.before + time.Since(m.since)
}

// Pause leaves out what follows; pausing twice changes nothing.
func (m Meter) Pause() Meter { return Meter{before: m.Length()} }

// Resume goes on; a meter that runs stays as it is.
func (m Meter) Resume() Meter {
	if m.Paused() {
		m.since = time.Now()
	}
	return m
}
