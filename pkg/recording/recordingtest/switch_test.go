package recordingtest_test

import (
	"testing"

	"go.uber.org/goleak"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The fake keeps the promises that the real Asterisk is held to as well.
func TestSwitchKeepsThePromises(t *testing.T) {
	recordingtest.SwitchSuite(t, func(t *testing.T) recordingtest.SwitchLab {
		signals := make(chan recording.Signal, 1024)
		s := recordingtest.NewSwitch(t, func(signal recording.Signal) { signals <- signal }, "default")
		dialled := 0
		return recordingtest.SwitchLab{
			Switch:      s,
			Node:        "default",
			Application: "lab",
			Signals:     signals,
			Dial: func() string {
				dialled++
				uniqueID := "1795418220." + string(rune('0'+dialled))
				s.AddChannel("default", uniqueID, uniqueID)
				return uniqueID
			},
			HangUp:      func(uniqueID string) { s.HangUp("default", uniqueID) },
			SetReadOnly: s.SetReadOnly,
			SetDown:     func(down bool) { s.SetDown("default", down) },
		}
	})
}
