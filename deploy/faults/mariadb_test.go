package faults

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// MariaDB is killed with SIGKILL and away while recordings start, stop and end.
func TestMariaDBIsKilledAcrossStartsStopsAndEnds(t *testing.T) {
	t.Parallel()
	mariaDBIsKilled(t, 4*time.Second, false)
}

// The service is killed, too, while MariaDB is away, and started again before it is back.
func TestMariaDBIsKilledAndTheServiceMeanwhile(t *testing.T) {
	t.Parallel()
	mariaDBIsKilled(t, 4*time.Second, true)
}

// MariaDB is away for a minute.
func TestMariaDBIsKilledForAMinute(t *testing.T) {
	long(t)
	t.Parallel()
	mariaDBIsKilled(t, time.Minute, false)
}

// MariaDB is away for a minute, and the service is killed meanwhile.
func TestMariaDBIsKilledForAMinuteAndTheServiceMeanwhile(t *testing.T) {
	long(t)
	t.Parallel()
	mariaDBIsKilled(t, time.Minute, true)
}

func mariaDBIsKilled(t *testing.T, away time.Duration, withService bool) {
	db := lab.NewMariaDB(t)
	s := open(t, SiteOptions{Database: db.URL})
	through, stopped, ended, paused := s.call(), s.call(), s.call(), s.call()
	on, off := s.record(through, "goes on", Span{}), s.record(stopped, "is stopped", Span{})
	over, still := s.record(ended, "ends", Span{}), s.record(paused, "is paused", Span{})
	s.speak(time.Second)
	s.pause(still)
	require.NoError(t, db.Kill())
	back := time.NewTimer(away)
	defer back.Stop()

	refused, err := s.Do(t.Context(), http.MethodPost, "/v1/recordings", map[string]string{"channel": s.call().Callee.ID, "tag": "refused"})
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, refused.Status, refused.Body)
	stop, err := s.Finish(t.Context(), off)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, stop.Status, stop.Body)
	s.hangUp(ended, over)
	if withService {
		s.Kill()
		require.NoError(t, s.Start(t.Context()))
	}
	select {
	case <-back.C:
	case <-t.Context().Done():
	}
	require.NoError(t, db.Restart(t.Context()))
	require.NoError(t, s.Ready(t.Context()))
	s.finish(off)
	s.resume(still)
	s.speak(time.Second)
	s.hangUp(paused, still)
	s.finish(on)
	s.settle()
}
