package asterisk

import (
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v6"

	"ari-recorder/pkg/recording"
)

// talkers are the members of a bridge who hear each other: nobody in one that only holds them, be they parked together.
func talkers(b ari.BridgeData) []string {
	if strings.HasPrefix(b.Type, "holding") || strings.HasPrefix(b.Technology, "holding") {
		return nil
	}
	return b.ChannelIDs
}

// moved signals that a channel came into the bridge, left it, or pressed hold; either may be empty.
func (s *session) moved(uniqueID, bridge string, at time.Time) {
	if _, ours := recording.ParseTrackName(s.node.prefix, uniqueID); !ours {
		s.signal(recording.Signal{Kind: recording.Moved, Name: uniqueID, Bridge: bridge, At: at})
	}
}

// calling signals a channel that may be about to join a call; by is the channel that calls it, empty if the event does not
// tell.
func (s *session) calling(uniqueID, by string, at time.Time) {
	if c, lives := s.node.index.Get(s.node.name, uniqueID); lives && c.Recordable() || by != "" {
		s.signal(recording.Signal{Kind: recording.Calling, Name: uniqueID, By: by, At: at})
	}
}
