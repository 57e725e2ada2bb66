package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/deploy/lab"
)

// Two installations record the same call on the same Asterisk; one is killed. Neither touches what is the other's.
func TestASecondInstallationOnTheSameAsterisk(t *testing.T) {
	t.Parallel()
	one, two := open(t, SiteOptions{Application: "installation"}), open(t, SiteOptions{Application: "installation-2"})
	a, b := one.call(), two.call()
	first, second := one.record(a, "of both", Span{}), two.record(a, "of both", Span{})
	third, fourth := one.record(b, "stopped by one", Span{}), two.record(b, "goes on", Span{})
	one.speak(time.Second)
	one.Kill()
	two.ARI.Cut()
	two.speak(time.Second)
	one.restart()
	one.finish(third)
	one.speak(time.Second)
	two.finish(fourth)
	one.hangUp(a, first)
	second.Ended = first.Ended
	one.settle()
	two.settle()
}

// pausedFaults are what may happen while a recording is paused.
var pausedFaults = map[string]func(*scene){
	"the service is killed": func(s *scene) { s.Kill(); s.restart() },
	"connections to Asterisk are cut": func(s *scene) {
		s.ARI.Block(true)
		s.speak(time.Second)
		s.ARI.Block(false)
	},
	"connections to MariaDB are cut": func(s *scene) {
		s.SQL.Block(true)
		s.speak(time.Second)
		s.SQL.Block(false)
	},
	"packets are dropped": func(s *scene) {
		s.ARI.Freeze(true)
		s.speak(3 * time.Second)
		s.ARI.Freeze(false)
	},
	"the service stands still": func(s *scene) {
		require.NoError(s.t, s.Suspend(true))
		s.speak(2 * time.Second)
		require.NoError(s.t, s.Suspend(false))
	},
	"events come out of order": func(s *scene) {
		s.ARI.On(func(step Step) Fate {
			if step.Moment == Told {
				return Fate{Kind: Late}
			}
			return Fate{}
		})
	},
}

// Recordings are paused when something else goes wrong: one goes on afterwards, one is stopped while it is paused, the call of one ends.
func TestPausedAndThenAnyOfThese(t *testing.T) {
	t.Parallel()
	for name, fault := range pausedFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, SiteOptions{})
			calls := []*lab.Call{s.call(), s.call(), s.call()}
			var entries []*Entry
			for i, tag := range []string{"goes on", "is stopped", "ends"} {
				entries = append(entries, s.record(calls[i], tag, Span{}))
			}
			s.speak(1200 * time.Millisecond)
			for _, e := range entries {
				s.pause(e)
			}
			s.speak(300 * time.Millisecond)
			fault(s)
			s.resume(entries[0])
			s.finish(entries[1])
			s.speak(1200 * time.Millisecond)
			s.hangUp(calls[2], entries[2])
			s.finish(entries[0])
			s.ARI.On(nil)
			s.settle()
		})
	}
}

// Two instances share MariaDB and a folder: one is killed, and what it had started is stopped and filed by the other; one is cut off from MariaDB.
func TestTwoInstancesOneKilledOneCutOff(t *testing.T) {
	t.Parallel()
	schema, folder := shared.schema(t), t.TempDir()
	one := open(t, SiteOptions{Database: schema, Folder: folder, Application: "two", Instance: "one"})
	two := open(t, SiteOptions{Database: schema, Folder: folder, Application: "two", Instance: "two"})
	a, b, c := one.call(), one.call(), one.call()
	first, second, third := one.record(a, "stopped by the other", Span{}), one.record(b, "ends after the kill", Span{}), two.record(c, "of the other", Span{})
	one.speak(time.Second)
	one.Kill()
	two.finish(first)
	one.hangUp(b, second)
	one.restart()
	two.SQL.Block(true)
	one.speak(time.Second)
	one.finish(third)
	two.SQL.Block(false)
	one.entries = append(one.entries, third) // one judge for both
	one.settle()
}
