package main

import (
	"fmt"
	"testing"

	"ari-recorder/pkg/asterisk/asterisktest"
	"ari-recorder/pkg/recording"
)

// stage is what a fake Asterisk takes for a test: no real one carries as many calls on a machine that measures, too.
type stage struct {
	testing.TB // nothing of it is called but what is below
	ends       []func()
}

func (s *stage) Cleanup(end func()) { s.ends = append(s.ends, end) }

func (s *stage) close() {
	for i := range s.ends {
		s.ends[len(s.ends)-1-i]()
	}
}

const (
	benchInstance    = "bench"
	benchApplication = "ari-recorder"
)

// crowd is a fake Asterisk with n calls of which each is recorded, and one more that is not, on extension 410.
func crowd(on *stage, n int) *asterisktest.Server {
	server := asterisktest.NewServer(on)
	server.AddChannel(asterisktest.Channel{ID: freeChannel, Name: "PJSIP/410-00000001"})
	for i := range n {
		server.AddChannel(asterisktest.Channel{ID: uniqueID(i), Name: fmt.Sprintf("PJSIP/%d-%08x", 1000+i, i+2)})
		server.AddRecording(uniqueID(i), recording.TrackName(benchApplication, recordingID(i), 0), benchApplication+"-"+benchInstance)
	}
	return server
}

const freeChannel = "1795418220.0"

func uniqueID(i int) string    { return fmt.Sprintf("1795418221.%d", i) }
func recordingID(i int) string { return fmt.Sprintf("01k9%022d", i) }
