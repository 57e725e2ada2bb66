package recording

import "time"

// Gap is a line of the gap ledger: a time of the call that the audio does not hold, or may not. From and To are counted
// from StartedAt on the clock on the wall. What was paused is left out of the audio, so that what follows stands earlier
// there.
type Gap struct {
	From, To time.Duration
	Kind     GapKind
	Channel  string // uniqueid of the channel that is concerned; empty: all
	Cause    string // one line for people
}

// GapKind is a stable word for what is wrong with a time.
type GapKind string

// The kinds of Gap.
const (
	GapMissing   GapKind = "missing"   // it was not recorded, or the file is lost
	GapPaused    GapKind = "paused"    // somebody has paused the recording
	GapUncertain GapKind = "uncertain" // it may be incomplete, or hold what was said to somebody else
	GapSilent    GapKind = "silent"    // it was recorded, and not a sound was heard
)
