package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
)

var auditTests = []test{
	{"it takes everything", func(t *testing.T, s recording.Store) {
		entry := recording.AuditEntry{
			At: moment, Action: recording.ActionRetrieve, Username: "O'Brien 😀", Subject: `tag="22"`, RecordingID: "01k9", Outcome: recording.OutcomeOK,
			Actor: recording.Actor{Name: "crm", Address: "192.0.2.7", RequestID: "r1"},
		}
		for range 2 { // the same twice is two uses
			require.NoError(t, s.Audit(t.Context(), entry))
		}
		require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{}))
		found := audited(t, s, recording.AuditFilter{}, recording.Page{})
		require.Len(t, found, 3)
		require.Greater(t, found[0].Seq, found[1].Seq)
		require.Equal(t, []recording.AuditEntry{entry, entry, {}}, unnumbered(found))
	}},
	{"the longest that may come", func(t *testing.T, s recording.Store) {
		entry := recording.AuditEntry{
			At: moment, Action: recording.ActionDenied, Username: strings.Repeat("😀", recording.MaxUsername), Subject: strings.Repeat("s", 5000),
			Actor: recording.Actor{Name: strings.Repeat("k", 255), Address: strings.Repeat("a", 300), RequestID: strings.Repeat("r", 300)},
		}
		require.NoError(t, s.Audit(t.Context(), entry))
		require.Equal(t, []recording.AuditEntry{entry}, unnumbered(audited(t, s, recording.AuditFilter{Username: entry.Username, Key: entry.Actor.Name}, recording.Page{})))
	}},
	{"what no client should send is written down all the same", func(t *testing.T, s recording.Store) {
		junk := strings.Repeat("\xff\xfe", 40_000)
		require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{
			At: moment, Action: recording.Action(junk), Username: junk, Subject: junk, RecordingID: junk, Outcome: junk,
			Actor: recording.Actor{Name: junk, Address: junk, RequestID: junk},
		}))
		long := strings.Repeat("x", 65)
		require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{At: moment, Action: recording.Action(long), RecordingID: long, Outcome: long}))
		require.Len(t, audited(t, s, recording.AuditFilter{}, recording.Page{}), 2)
	}},
	{"entries come with the change that they are about", func(t *testing.T, s recording.Store) {
		entry := func(a recording.Action) *recording.AuditEntry {
			return &recording.AuditEntry{At: moment.Add(time.Nanosecond), Action: a, RecordingID: start(1).ID, Outcome: recording.OutcomeOK}
		}
		r := start(1)
		created := requested(r)
		created.Audit = entry(recording.ActionStart)
		require.NoError(t, s.Create(t.Context(), r, created))
		require.NoError(t, s.Update(t.Context(), r,
			recording.Event{At: moment, Kind: recording.EventTag, Audit: entry(recording.ActionTag)},
			recording.Event{At: moment, Kind: recording.EventLinked},
			recording.Event{At: moment, Kind: recording.EventPrivate, Audit: entry(recording.ActionPrivate)}))
		require.Equal(t, []recording.Action{recording.ActionPrivate, recording.ActionTag, recording.ActionStart}, actions(audited(t, s, recording.AuditFilter{}, recording.Page{})))
		events, err := s.Events(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, requested(r), events[0], "they are no part of the timeline")
		require.Len(t, events, 4)
	}},
	{"what was not written is not in the trail", func(t *testing.T, s recording.Store) {
		r := create(t, s, 1, nil)
		told := recording.Event{Kind: recording.EventStop, Audit: &recording.AuditEntry{At: moment, Action: recording.ActionStop}}
		other := start(1)
		other.ID = "other"
		require.ErrorIs(t, s.Create(t.Context(), other, told), recording.ErrRunning)
		stale := r.Clone()
		stale.Version++
		require.ErrorIs(t, s.Update(t.Context(), stale, told), recording.ErrConflict)
		require.Empty(t, audited(t, s, recording.AuditFilter{}, recording.Page{}))
	}},
	{"each field selects", auditFieldsSelect},
	{"texts are compared byte for byte", func(t *testing.T, s recording.Store) {
		for i, text := range alike {
			require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{
				At: moment, Subject: fmt.Sprint(i), Username: text, Actor: recording.Actor{Name: text}, RecordingID: text, Outcome: text,
			}))
		}
		for i, text := range alike {
			for _, filter := range []recording.AuditFilter{{Username: text}, {Key: text}, {RecordingID: text}, {Outcome: text}} {
				require.Equal(t, []string{fmt.Sprint(i)}, subjects(audited(t, s, filter, recording.Page{})), "%+v", filter)
			}
		}
	}},
	{"pages, with equal times across their bounds", func(t *testing.T, s recording.Store) {
		var want []string
		for i := range 11 {
			at := moment.Add(time.Duration(i/4) * time.Microsecond)
			require.NoError(t, s.Audit(t.Context(), recording.AuditEntry{At: at, Username: "ann", RecordingID: "01k9", Actor: recording.Actor{Name: "crm"}, Subject: fmt.Sprint(i)}))
			want = append([]string{fmt.Sprint(i)}, want...)
		}
		for _, filter := range []recording.AuditFilter{{}, {RecordingID: "01k9"}, {Username: "ann"}, {Key: "crm"}, {From: moment}} {
			var all []string
			for p := (recording.Page{Limit: 3}); ; {
				found := audited(t, s, filter, p)
				if len(found) == 0 {
					break
				}
				all = append(all, subjects(found)...)
				last := found[len(found)-1]
				p.After = recording.Position{At: last.At, Seq: last.Seq}
			}
			require.Equal(t, want, all, "%+v", filter)
		}
	}},
}

func auditFieldsSelect(t *testing.T, s recording.Store) {
	for i, e := range []recording.AuditEntry{
		{Action: recording.ActionRetrieve, Username: "ann", Actor: recording.Actor{Name: "crm"}, RecordingID: "01k9", Outcome: "ok"},
		{Action: recording.ActionPlay, Username: "bob", Actor: recording.Actor{Name: "crm"}, RecordingID: "01k9", Outcome: "private"},
		{Action: recording.ActionPlay, Username: "ann", Actor: recording.Actor{Name: "web"}, RecordingID: "01kb", Outcome: "ok"},
	} {
		e.At, e.Subject = moment.Add(time.Duration(i)*time.Second), fmt.Sprint(i)
		require.NoError(t, s.Audit(t.Context(), e))
	}
	for _, test := range []struct {
		name   string
		filter recording.AuditFilter
		want   []string
	}{
		{"all", recording.AuditFilter{}, []string{"2", "1", "0"}},
		{"action", recording.AuditFilter{Action: recording.ActionPlay}, []string{"2", "1"}},
		{"username", recording.AuditFilter{Username: "ann"}, []string{"2", "0"}},
		{"key", recording.AuditFilter{Key: "crm"}, []string{"1", "0"}},
		{"recording", recording.AuditFilter{RecordingID: "01k9"}, []string{"1", "0"}},
		{"outcome", recording.AuditFilter{Outcome: "private"}, []string{"1"}},
		{"from is inclusive", recording.AuditFilter{From: moment.Add(time.Second)}, []string{"2", "1"}},
		{"to is exclusive", recording.AuditFilter{To: moment.Add(time.Second)}, []string{"0"}},
		{"all at once", recording.AuditFilter{Action: recording.ActionPlay, Username: "bob", Key: "crm", RecordingID: "01k9", Outcome: "private", From: moment, To: moment.Add(time.Hour)}, []string{"1"}},
		{"all but one", recording.AuditFilter{Action: recording.ActionPlay, Username: "bob", Key: "web"}, []string{}},
	} {
		require.Equal(t, test.want, subjects(audited(t, s, test.filter, recording.Page{})), test.name)
	}
}

func audited(t *testing.T, s recording.Store, f recording.AuditFilter, p recording.Page) []recording.AuditEntry {
	t.Helper()
	found, err := s.AuditTrail(t.Context(), f, p)
	require.NoError(t, err)
	return found
}

// unnumbered are the entries as they were handed in.
func unnumbered(entries []recording.AuditEntry) (list []recording.AuditEntry) {
	for _, e := range entries {
		e.Seq = 0
		list = append(list, e)
	}
	return list
}

func actions(entries []recording.AuditEntry) (list []recording.Action) {
	for _, e := range entries {
		list = append(list, e.Action)
	}
	return list
}

func subjects(entries []recording.AuditEntry) []string {
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Subject)
	}
	return list
}
