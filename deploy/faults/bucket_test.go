package faults

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Killed with SIGKILL at each arrow from the end of the call until Asterisk's copy is deleted, while audio is kept in a bucket.
func TestKilledAtEachArrowToTheBucket(t *testing.T) {
	t.Parallel()
	objects := lab.NewObjects(t)
	path{
		options: func() SiteOptions { return SiteOptions{Objects: objects} },
		prepare: started,
		act: func(s *scene, c *lab.Call, e *Entry, _ string) (*Entry, Span) {
			s.hangUp(c, e)
			return e, Span{}
		},
		mend: func(*scene, *lab.Call, *Entry, string, Span) {},
		must: append([]Step{{"PUT object", Asked}, {"PUT object", Answered}, {"HEAD object", Asked}, {"HEAD object", Answered}}, filing...),
	}.walk(t)
}

// The server with the bucket is killed while it takes audio, and is back later.
func TestTheBucketsServerIsKilled(t *testing.T) {
	t.Parallel()
	objects := lab.NewObjects(t)
	s := open(t, SiteOptions{Objects: objects})
	var once atomic.Bool
	killed := make(chan error, 1)
	s.ToBucket.On(func(step Step) Fate {
		if step == (Step{"PUT object", Asked}) && once.CompareAndSwap(false, true) {
			killed <- objects.Kill()
		}
		return Fate{}
	})
	a, b := s.call(), s.call()
	stopped, ended := s.record(a, "stopped", Span{}), s.record(b, "ended", Span{})
	s.speak(1500 * time.Millisecond)
	s.finish(stopped)
	require.NoError(t, <-killed)
	s.hangUp(b, ended)
	during := s.record(s.call(), "started without the server", Span{})
	s.speak(time.Second)
	s.finish(during)
	s.waiting(3)
	require.NoError(t, objects.Restart(t.Context()))
	s.settle()
}

// The server answers 503, 500, garbage and nothing for a while, and once that it has taken what it has not.
func TestTheBucketsServerAnswersAmiss(t *testing.T) {
	t.Parallel()
	objects := lab.NewObjects(t)
	for name, fate := range map[string]Fate{
		"503":     {Kind: Instead, Status: http.StatusServiceUnavailable},
		"500":     {Kind: Instead, Status: http.StatusInternalServerError, Body: "<Error><Code>InternalError</Code></Error>"},
		"403":     {Kind: Instead, Status: http.StatusForbidden, Body: "<Error><Code>AccessDenied</Code></Error>"},
		"404":     {Kind: Instead, Status: http.StatusNotFound, Body: "<Error><Code>NoSuchBucket</Code></Error>"},
		"200":     {Kind: Instead, Status: http.StatusOK, Body: "it works!"},
		"nothing": {Kind: Lose},
	} {
		for _, moment := range []Moment{Asked, Answered} {
			t.Run(name+" "+string(moment), func(t *testing.T) {
				t.Parallel()
				s := open(t, SiteOptions{Objects: objects})
				s.ToBucket.On(func(step Step) Fate {
					if step.Moment == moment {
						return fate
					}
					return Fate{}
				})
				e := s.record(s.call(), "amiss", Span{})
				s.speak(1200 * time.Millisecond)
				s.finish(e)
				s.speak(2 * time.Second)
				s.waiting(1)
				s.ToBucket.On(nil)
				s.ToBucket.Cut() // who still waits for an answer
				s.settle()
			})
		}
	}
}

// waiting insists that so many recordings wait for the archive, and that none of them is lost for it.
func (s *scene) waiting(n int) {
	s.t.Helper()
	s.within(again, func() bool {
		rows, err := s.List(s.t.Context(), "archiving")
		return err == nil && len(rows) == n
	}, "not all wait for the archive")
	lost, err := s.List(s.t.Context(), "failed")
	require.NoError(s.t, err)
	require.Empty(s.t, lost)
}
