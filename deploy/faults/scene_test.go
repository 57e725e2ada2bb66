package faults

import (
	"context"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// scene is a site in a test, in which anything that goes wrong beside the fault itself ends the test.
type scene struct {
	*Site
	t      *testing.T
	closed map[*lab.Call]*sync.Once
	wrong  error // that it has not settled
}

// open makes a site; what is missing in the options is shared with other tests.
func open(t *testing.T, o SiteOptions) *scene {
	t.Helper()
	if o.PBX == nil {
		o.PBX = shared.asterisk(t)
	}
	if o.Database == "" {
		o.Database = shared.schema(t)
	}
	if o.Application == "" {
		name := strings.NewReplacer("/", "-", "_", "-", "#", "-", "KilledAtEachArrowOf", "").Replace(strings.TrimPrefix(t.Name(), "Test"))
		o.Application = strings.ToLower(name[:min(len(name), 40)])
	}
	if o.Binary == "" {
		o.Binary = program
	}
	if o.Folder == "" {
		o.Folder = t.TempDir()
	}
	s, err := NewSite(t.Context(), o)
	require.NoError(t, err)
	on := &scene{Site: s, t: t, closed: map[*lab.Call]*sync.Once{}}
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		if t.Failed() {
			t.Logf("the service's log:\n%s", s.Log)
		}
		if on.wrong != nil {
			t.Logf("once more, below the log, what is wrong: %v", on.wrong)
		}
	})
	return on
}

// call places a call that ends with the test, if it has not ended before.
func (s *scene) call() *lab.Call {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	c, err := s.PBX.Call(ctx, lab.CallOptions{})
	for range 2 { // on a busy machine a phone may get a late BYE that was meant for the one that had its port before
		if err != nil {
			s.t.Logf("a call is placed again: %v", err)
			c, err = s.PBX.Call(ctx, lab.CallOptions{})
		}
	}
	require.NoError(s.t, err)
	s.closed[c] = &sync.Once{}
	s.t.Cleanup(func() { s.hungUp(c) })
	return c
}

// hungUp takes the call's phones away, once.
func (s *scene) hungUp(c *lab.Call) {
	s.closed[c].Do(func() { _ = c.Close() }) // a phone that was cut off says so; that is no fault of the service
}

// speak lets the phones speak for a while.
func (s *scene) speak(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.t.Context().Done():
	}
}

// within asks again until the answer is good: from outside no event tells when the service is itself again.
func (s *scene) within(bound time.Duration, ask func() bool, what string) {
	s.t.Helper()
	require.Eventually(s.t, ask, bound, 50*time.Millisecond, what)
}

// again is how long a client goes on asking.
const again = 25 * time.Second

// record records the call's called phone; the client repeats its request until it is acknowledged.
func (s *scene) record(c *lab.Call, tag string, since Span) *Entry {
	s.t.Helper()
	var e *Entry
	s.within(again, func() (done bool) {
		var err error
		e, _, err = s.Record(s.t.Context(), c.Callee, tag, since, c.Caller.Tone, c.Callee.Tone)
		return err == nil && e != nil
	}, "no start of "+tag+" is acknowledged")
	return e
}

// finish stops a recording; the client repeats its request until it is acknowledged.
func (s *scene) finish(e *Entry) {
	s.t.Helper()
	s.within(again, func() bool {
		a, err := s.Finish(s.t.Context(), e)
		return err == nil && a.Status == http.StatusOK
	}, "no stop of "+e.Tag+" is acknowledged")
}

// hangUp ends the call, and with it the entry's recording if it runs.
func (s *scene) hangUp(c *lab.Call, entries ...*Entry) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	from := time.Now()
	require.NoError(s.t, c.HangUp(ctx))
	for _, e := range entries {
		e.Ended = Span{from, time.Now()}
	}
	s.hungUp(c)
}

// restart starts the service after a kill.
func (s *scene) restart() {
	s.t.Helper()
	require.NoError(s.t, s.Start(s.t.Context()))
	require.NoError(s.t, s.Ready(s.t.Context()))
}

// settle insists that all is well in the end.
func (s *scene) settle() Tally {
	s.t.Helper()
	return s.settleWithin(SettleBound)
}

func (s *scene) settleWithin(bound time.Duration) Tally {
	s.t.Helper()
	tally, err := s.Settle(s.t.Context(), bound)
	s.wrong = err
	require.NoError(s.t, err, tally.String())
	return tally
}

// long leaves a test out unless the long ones are asked for.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("FAULTS_LONG") == "" {
		t.Skip("a long one: task test:faults")
	}
}

// pause pauses the entry's recording until resume.
func (s *scene) pause(e *Entry) {
	s.t.Helper()
	require.NoError(s.t, s.Pause(s.t.Context(), e))
}

// resume lets the entry's recording go on.
func (s *scene) resume(e *Entry) {
	s.t.Helper()
	s.within(again, func() bool { return s.Resume(s.t.Context(), e) == nil }, "no resume of "+e.Tag+" is acknowledged")
}
