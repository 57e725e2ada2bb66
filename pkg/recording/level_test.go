package recording_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// A recording by a single snoop on which not a sound is heard is kept, and the ledger says so; a word in it is enough to be
// none.
func TestSilenceOfAMixedRecording(t *testing.T) {
	quiet := recordingtest.WAV(recording.FormatWAV, 3*time.Second)
	clear(quiet[recordingtest.HeaderSize:])
	word := append([]byte(nil), quiet...)
	copy(word[20001:], []byte{0x80, 0xff, 0xff}) // the high byte of one sample: -32768
	short := recordingtest.WAV(recording.FormatWAV, 300*time.Millisecond)
	clear(short[recordingtest.HeaderSize:])
	for name, c := range map[string]struct {
		file []byte
		want []recording.Gap
	}{
		"silent": {quiet, []recording.Gap{{To: 3 * time.Second, Kind: recording.GapSilent, Cause: "not a sound was heard: the call was muted, or its audio did not reach Asterisk"}}},
		"a word": {word, nil},
		"short":  {short, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := assemble(t, nil)
			r.call("1.1", "410")
			rec := r.started("410", "22")
			r.stop()
			r.hangUp("1.1")
			r.phones.SetFile(node, recording.TrackName(application, rec.ID, 0), recording.FormatWAV, c.file)
			r.restart("one")
			require.Equal(t, c.want, r.becomes(rec.ID, recording.Available).Gaps)
		})
	}
}
