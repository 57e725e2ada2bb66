package recording

import (
	"slices"
	"time"

	"ari-recorder/pkg/channels"
)

// Capture says how a call is listened to.
type Capture string

// The captures. A recording keeps to the one that it was started with: see Recording.byParty.
const (
	// CaptureMixed is one track of what the recorded channel says and hears. Some versions of Asterisk lose what it hears
	// where the talker changes.
	CaptureMixed Capture = "mixed"

	// CaptureParties is a track of what the recorded channel says, one of each channel that talks with it, and one of what it
	// hears, which counts where nobody's own track does: music, prompts, large conferences.
	CaptureParties Capture = "parties"
)

// Follow says what becomes of a recording whose channel leaves the call.
type Follow string

// The values of Follow; FollowCall needs CaptureParties.
const (
	FollowChannel Follow = "channel" // it ends
	FollowCall    Follow = "call"    // it goes on with who remains of the call
)

// The limits of a recording's tracks.
const (
	maxParties  = 16 // more who talk at once are a conference: it is heard as the recorded channel hears it
	maxExpected = 8  // channels that are listened to before they have joined
	maxTracks   = 64 // in all
	maxTries    = 8  // tracks of one channel: each but the last has ended before it, or never begun
)

// byParty tells whether each party has a track of its own.
func (r *Recording) byParty() bool { return len(r.Tracks) > 0 && r.Tracks[0].Direction == DirectionIn }

// openingTracks are those with which a recording begins: the recorded channel, who talks with it, and what it hears.
func (s *Service) openingTracks(id string, c channels.Channel, at time.Time) []Track {
	first := Track{UniqueID: c.UniqueID, Direction: DirectionBoth, Name: TrackName(s.Application, id, 0)}
	if s.Capture != CaptureParties {
		return []Track{first}
	}
	first.Direction = DirectionIn
	r := &Recording{ID: id, Tracks: []Track{first}}
	for _, uniqueID := range s.parties.follow(id, c, at) {
		s.addTrack(r, uniqueID, DirectionIn)
		r.join(uniqueID, at)
	}
	s.addTrack(r, c.UniqueID, DirectionOut)
	return r.Tracks
}

// addTrack plans another track and returns its number; it is not recorded yet.
func (s *Service) addTrack(r *Recording, uniqueID string, d Direction) int {
	number := len(r.Tracks)
	r.Tracks = append(r.Tracks, Track{Number: number, UniqueID: uniqueID, Direction: d, Name: TrackName(s.Application, r.ID, number)})
	return number
}

// ofParty finds the latest track of a channel that is not the recorded one; nil if there is none.
func (r *Recording) ofParty(uniqueID string) *Track {
	for i := len(r.Tracks) - 1; i > 0; i-- {
		if t := &r.Tracks[i]; t.UniqueID == uniqueID && t.Direction == DirectionIn {
			return t
		}
	}
	return nil
}

// join writes down that a party talks with the recorded channel; false says that nothing is new.
func (r *Recording) join(uniqueID string, at time.Time) bool {
	t := r.ofParty(uniqueID)
	if t == nil || r.talking(uniqueID) != nil {
		return false
	}
	t.Spans = append(t.Spans, Span{From: at})
	return true
}

// leave writes down that it does so no more. One of whom not even the beginning was written has both written down.
func (r *Recording) leave(uniqueID string, from, at time.Time) bool {
	if open := r.talking(uniqueID); open != nil {
		open.To = at
		return true
	}
	t := r.ofParty(uniqueID)
	if t == nil {
		return false
	}
	t.Spans = append(t.Spans, Span{From: from, To: at})
	return true
}

// talking finds the span of a party that goes on; nil if none does.
func (r *Recording) talking(uniqueID string) *Span {
	for i := range r.Tracks {
		t := &r.Tracks[i]
		if t.UniqueID != uniqueID || t.Direction != DirectionIn || i == 0 {
			continue
		}
		if n := slices.IndexFunc(t.Spans, func(s Span) bool { return s.To.IsZero() }); n >= 0 {
			return &t.Spans[n]
		}
	}
	return nil
}

// joined tells whether the channel has talked with the recorded one.
func (r *Recording) joined(uniqueID string) bool {
	return slices.ContainsFunc(r.Tracks, func(t Track) bool { return t.UniqueID == uniqueID && len(t.Spans) > 0 })
}

// part lets everybody leave at the end of the recording.
func (r *Recording) part(at time.Time) {
	for i := range r.Tracks {
		for n := range r.Tracks[i].Spans {
			if span := &r.Tracks[i].Spans[n]; span.To.IsZero() {
				span.To = at
			}
		}
	}
}
