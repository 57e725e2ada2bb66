// Package recording is the heart of the service: what a recording is and every rule about it. It decides, in order,
// what happens to a recording from the request to start it to the proven file in the archive, and asks for everything
// else through small interfaces: Store (the database), Switch (Asterisk), Archive (the files).
package recording

import (
	"slices"
	"strings"
	"time"

	"ari-recorder/pkg/channels"
)

// Recording is one recording of one channel under an external reference, from request to archive. Times are UTC with
// microseconds; a zero time means that it has not happened.
type Recording struct {
	ID      string // lower-case ULID
	Seq     int64  // order of creation, given by the store; "newest" is the greatest
	Version int64  // raised by every Store.Update; the compare-and-set is on it
	State   State

	Tag       string // the external reference, compared byte for byte
	Node      string
	UniqueID  string
	LinkedID  string // empty until known
	Channel   string // the channel's name, such as PJSIP/410-00000002
	Extension string
	Caller    channels.Party
	Connected channels.Party
	StartedBy string // the credential's name; empty where none was asked for

	CreatedAt   time.Time
	StartedAt   time.Time // when Asterisk reported that it records; stays zero if the start was refused, even if audio is left of it
	EndedAt     time.Time // when Asterisk reported the end, or we learnt of it
	CallEndedAt time.Time // when the recorded channel was gone

	Format          Format
	Channels        int    // that the audio is to have: 2 with the recorded channel left and everyone else right, else 1
	Gaps            []Gap  // what of the call the audio does not hold, or may not; complete once it is archived
	Audio           *Audio // measured from the stored file; nil until it is archived
	Private         bool
	LegalHold       bool
	DeletedAt       time.Time
	EraseAskedAt    time.Time // since when the audio is to be removed, whatever the undelete window
	ErasedAt        time.Time // when the audio was removed for good, Asterisk's copy included
	SourceDeletedAt time.Time // when Asterisk's copy was gone
	Failure         *Failure  // set in state failed

	Owner  string // the instance that works on it; empty once at rest
	Tracks []Track
}

// Audio is what was measured from the bytes of the archived file.
type Audio struct {
	Key        string        // where the archive keeps it; empty once it was erased
	Duration   time.Duration // from the number of samples
	Size       int64         // bytes, header included
	SHA256     string        // lower-case hex
	Channels   int
	SampleRate int // in Hz
}

// Failure says why a recording has no audio.
type Failure struct {
	Code   FailureCode
	Detail string // one line for people
}

// FailureCode is a stable word for a cause.
type FailureCode string

// The causes of failure.
const (
	FailChannelGone FailureCode = "channel_gone"         // hung up before the recording began
	FailUnreachable FailureCode = "asterisk_unreachable" // Asterisk did not answer, or not sensibly
	FailNoSnoop     FailureCode = "snoop_not_started"    // the snoop channel never reported in
	FailRefused     FailureCode = "record_refused"       // Asterisk refused to record
	FailNotStarted  FailureCode = "recording_not_started"
	FailNoFile      FailureCode = "no_file"     // Asterisk has no file: disk full, no permission
	FailNoAudio     FailureCode = "no_audio"    // the file holds not one sample
	FailBadFile     FailureCode = "bad_file"    // the file is no WAV that can be read
	FailInterrupt   FailureCode = "interrupted" // the service ended while it was starting
)

// Format is the file format asked of Asterisk.
type Format string

// The formats that can be measured and mixed.
const (
	FormatWAV   Format = "wav"   // 16-bit PCM at 8 kHz
	FormatWAV16 Format = "wav16" // 16-bit PCM at 16 kHz
)

// Direction is the side of a channel that a track's snoop channel listens to, in ARI's words.
type Direction string

// The directions.
const (
	DirectionBoth Direction = "both" // what the channel says and hears, mixed
	DirectionIn   Direction = "in"   // what the channel says
	DirectionOut  Direction = "out"  // what the channel hears
)

// Track is one snoop channel with one live recording on one channel; a recording is made of one or more. The first is on
// the recorded channel. See Capture for the others.
type Track struct {
	Number    int // from 0
	UniqueID  string
	Direction Direction
	Name      string    // of the snoop channel, the live recording and the stored recording alike
	StartedAt time.Time // on our clock, when Asterisk reported that it records; zero while that is not known
	Spans     []Span    // when the channel of a party talked with the recorded one, whether the track was running or not
}

// Span is a time on our clock. To is zero while it goes on.
type Span struct{ From, To time.Time }

// TrackName is how a recording's n-th track is called in Asterisk: the first by the recording alone, as the contract
// promises, further ones with their number.
func TrackName(application, id string, number int) string {
	name := application + "-" + id
	if number > 0 {
		name += "-" + itoa(number)
	}
	return name
}

// ParseTrackName finds the recording's id in the name of a live recording or snoop channel, and tells whether the name
// is ours at all: an application "rec" must not claim what "rec-2" has made.
func ParseTrackName(application, name string) (id string, ours bool) {
	rest, found := strings.CutPrefix(name, application+"-")
	if !found {
		return "", false
	}
	id, number, numbered := strings.Cut(rest, "-")
	if numbered && !isNumber(number) {
		return "", false
	}
	return id, isID(id)
}

// RunningKey names the channel for as long as the recording occupies it; ok is false once it has ended.
func (r *Recording) RunningKey() (key string, ok bool) {
	return r.Node + "/" + r.UniqueID, r.State.Running()
}

// Deleted tells whether the recording is hidden by a soft delete.
func (r *Recording) Deleted() bool { return !r.DeletedAt.IsZero() }

// Clone copies the recording so that a holder may change it without others seeing.
func (r *Recording) Clone() *Recording {
	c := *r
	c.Tracks, c.Gaps = slices.Clone(r.Tracks), slices.Clone(r.Gaps)
	for i := range c.Tracks {
		c.Tracks[i].Spans = slices.Clone(c.Tracks[i].Spans)
	}
	if r.Audio != nil {
		audio := *r.Audio
		c.Audio = &audio
	}
	if r.Failure != nil {
		failure := *r.Failure
		c.Failure = &failure
	}
	return &c
}
