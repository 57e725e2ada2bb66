package faults

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// All calls end in the same second, each with a recording: as many as the lab's Asterisk and its phones carry on two cores
// beside all the rest. By party a call costs Asterisk two tracks here, mixed one. On a machine that others use, too, voices are broken up then, before they
// reach any recording, and filing takes its time.
func TestManyCallsEndInTheSameSecond(t *testing.T) {
	long(t)
	pbx := lab.NewAsterisk(t, lab.AsteriskOptions{SessionLimit: sessions})
	for capture, crowd := range map[string]int{"parties": 100, "mixed": 200} {
		t.Run(capture, func(t *testing.T) {
			s := open(t, SiteOptions{PBX: pbx, Settings: []string{"RECORDING_CAPTURE=" + capture}})
			endAtOnce(t, s, crowd)
		})
	}
}

func endAtOnce(t *testing.T, s *scene, crowd int) {
	t.Helper()
	calls := make([]*lab.Call, crowd)
	entries := make([]*Entry, crowd)
	errs := make([]error, crowd)
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() {
			calls[i], errs[i] = s.PBX.Call(t.Context(), lab.CallOptions{From: fmt.Sprint(410 + i%10), To: "600"}) // music answers
		})
	}
	all.Wait()
	for i, c := range calls {
		require.NoError(t, errs[i])
		t.Cleanup(func() { _ = c.Close() }) // hung up by Asterisk, it may complain
	}
	for i, c := range calls {
		e, a, err := s.Record(t.Context(), c.Caller, fmt.Sprint("one of many ", i), Span{}, c.Caller.Tone, lab.MusicTone)
		require.NoError(t, err)
		require.NotNil(t, e, a.Body)
		e.choppy, e.Lost = true, time.Second
		entries[i] = e
	}
	s.speak(2 * time.Second)
	from := time.Now()
	_, err := s.PBX.Command(t.Context(), "channel request hangup all")
	require.NoError(t, err)
	for i, c := range calls {
		require.NoError(t, c.Ended(t.Context()))
		entries[i].Ended = Span{from, time.Now()}
	}
	require.Less(t, time.Since(from), 3*time.Second, "not in the same second")
	tally := s.settleWithin(2 * SettleBound)
	require.Equal(t, crowd, tally.Available)
}
