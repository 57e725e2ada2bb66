package recording_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// clock is a clock that tests turn.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// aged assembles a service whose lifecycle job runs every few milliseconds by a clock of its own.
func aged(t *testing.T, retention time.Duration) (*rig, *clock) {
	c := &clock{}
	return assemble(t, func(o *recording.Options) {
		o.Now, o.Retention, o.UndeleteWindow, o.LifecycleEvery = c.now, retention, 30*day, 20*time.Millisecond
	}), c
}

func (r *rig) erased(id string) func() bool {
	return func() bool { return !r.row(id).ErasedAt.IsZero() }
}

// aWhile lets the job run several times.
func aWhile() { <-time.After(100 * time.Millisecond) }

func TestTheUndeleteWindow(t *testing.T) {
	r, c := aged(t, 0)
	rec, other := r.swept("1.1", "22"), r.swept("1.2", "22")
	require.NoError(t, r.Delete(t.Context(), by(rec.ID)))
	c.turn(30*day - time.Minute)
	aWhile()
	require.True(t, r.row(rec.ID).ErasedAt.IsZero())
	c.turn(2 * time.Minute)
	require.Eventually(t, r.erased(rec.ID), eventually, tick)
	require.False(t, r.kept(rec))
	e := r.event(rec.ID, recording.EventErased)
	require.Equal(t, "lifecycle undelete window 30d", e.Actor+" "+e.Detail)
	entry := r.audited(recording.ActionErase)[0]
	require.Equal(t, "lifecycle id="+rec.ID+" rule=undelete window 30d ok "+rec.ID, entry.Actor.Name+" "+entry.Subject+" "+entry.Outcome+" "+entry.RecordingID)
	require.True(t, r.kept(other), "nothing else goes")
	require.Equal(t, other.ID, r.heard("22").ID)
}

func TestWithoutAnUndeleteWindowADeletionIsAnErasure(t *testing.T) {
	r := assemble(t, nil) // and with the job's hour
	rec := r.swept("1.1", "22")
	require.NoError(t, r.Delete(t.Context(), by(rec.ID)))
	require.Eventually(t, r.erased(rec.ID), eventually, tick)
}

func TestRetention(t *testing.T) {
	r, c := aged(t, 90*day)
	aged, held, deleted := r.swept("1.1", "22"), r.swept("1.2", "22"), r.swept("1.3", "22")
	long := r.swept("1.4", "22")
	r.hold(held.ID, true)
	r.edit(long.ID, func(row *recording.Recording) { row.EndedAt = row.EndedAt.Add(day) })
	r.call("1.5", "410")
	running := r.started("410", "22")
	c.turn(89 * day)
	require.NoError(t, r.Delete(t.Context(), by(deleted.ID)))
	aWhile()
	require.True(t, r.row(aged.ID).ErasedAt.IsZero())
	c.turn(day)
	require.Eventually(t, r.erased(aged.ID), eventually, tick)
	require.Eventually(t, r.erased(deleted.ID), eventually, tick, "at once, whatever the undelete window")
	require.Equal(t, "retention 90d", r.event(aged.ID, recording.EventErase).Detail)
	require.False(t, r.kept(aged))
	aWhile()
	require.True(t, r.row(long.ID).ErasedAt.IsZero(), "the end counts, not the beginning")
	require.True(t, r.row(held.ID).ErasedAt.IsZero(), "a legal hold outlasts it")
	require.Equal(t, recording.Active, r.row(running.ID).State, "what runs is left alone")
	c.turn(day)
	require.Eventually(t, r.erased(long.ID), eventually, tick)
	r.hold(held.ID, false)
	require.Eventually(t, r.erased(held.ID), eventually, tick)
}

// The hold is set after the job has read its list.
func TestALegalHoldThatIsSetMeanwhileWins(t *testing.T) {
	c := &clock{}
	r := assemble(t, func(o *recording.Options) {
		o.Now, o.Retention, o.UndeleteWindow, o.LifecycleEvery = c.now, 90*day, 30*day, 20*time.Millisecond
	})
	rec := r.swept("1.1", "22")
	r.stop()
	c.turn(91 * day)
	listed, held := make(chan struct{}), make(chan struct{})
	r.swap("two", &listing{Store: r.store, listed: listed, until: held})
	<-listed
	r.hold(rec.ID, true)
	close(held)
	<-listed // the job has gone on to its next list
	require.True(t, r.row(rec.ID).EraseAskedAt.IsZero())
	require.True(t, r.kept(rec))
}

// listing is a store that lets a test in between a list of doomed recordings and what is done about it.
type listing struct {
	*recordingtest.Store
	listed chan<- struct{}
	until  <-chan struct{}
}

func (l *listing) Doomed(ctx context.Context, d recording.Doom, after recording.Position, limit int) ([]*recording.Recording, error) {
	rows, err := l.Store.Doomed(ctx, d, after, limit)
	if d.Cause != recording.DoomAged {
		return rows, err
	}
	select {
	case l.listed <- struct{}{}:
		<-l.until
	case <-ctx.Done():
	}
	return rows, err
}

func TestABadRowHoldsUpNoOther(t *testing.T) {
	c := &clock{}
	r := assemble(t, func(o *recording.Options) {
		o.Now, o.Retention, o.LifecycleEvery = c.now, 90*day, 20*time.Millisecond
	})
	bad := r.recorded("0.1", "22")
	r.phones.Inject(recordingtest.Fault{Method: recordingtest.MethodDiscard, Name: recording.TrackName(application, bad.ID, 0), Times: -1, Err: recording.ErrSwitchDown})
	r.edit(bad.ID, func(row *recording.Recording) { row.SourceDeletedAt = time.Time{} })
	var rest []*recording.Recording
	for i := range 3 {
		rest = append(rest, r.swept(fmt.Sprintf("1.%d", i), "22"))
	}
	c.turn(91 * day)
	for _, rec := range rest {
		require.Eventually(t, r.erased(rec.ID), eventually, tick)
	}
	require.False(t, r.erased(bad.ID)())
	require.False(t, r.row(bad.ID).EraseAskedAt.IsZero(), "the intent is committed")
	require.False(t, r.kept(bad), "and what could go is gone")
}

func TestManyPages(t *testing.T) {
	r, c := aged(t, 90*day)
	const count = 250 // more than two pages
	for i := range count {
		id := fmt.Sprintf("01k9zzzzzzzzzzzzzzzzzz%04d", i)
		require.NoError(t, r.store.Create(t.Context(), &recording.Recording{
			ID: id, State: recording.Failed, Failure: &recording.Failure{Code: recording.FailNoFile}, Node: node, Tag: "22",
			UniqueID: id, CreatedAt: time.Now(), LegalHold: i%2 == 0,
		}, recording.Event{Kind: recording.EventRequested}))
	}
	c.turn(91 * day)
	require.Eventually(t, func() bool { return len(r.audited(recording.ActionErase)) == count/2 }, eventually, tick)
}

func TestTwoInstancesEraseAtOnce(t *testing.T) {
	r, c := aged(t, 90*day)
	var recs []*recording.Recording
	for i := range 5 {
		recs = append(recs, r.swept(fmt.Sprintf("1.%d", i), "22"))
	}
	r.stop()
	c.turn(91 * day)
	first := r.Service
	options := r.Options
	options.Instance = "two"
	second := recording.New(options, r.store, r.phones, r.files, r.index)
	for _, s := range []*recording.Service{first, second} {
		r.Service = s
		r.run()
	}
	for _, rec := range recs {
		require.Eventually(t, r.erased(rec.ID), eventually, tick)
	}
	require.Len(t, r.audited(recording.ActionErase), len(recs))
}

func TestTheJobOutlastsTheDatabase(t *testing.T) {
	r, c := aged(t, 90*day)
	rec := r.swept("1.1", "22")
	r.store.Down(true)
	c.turn(91 * day)
	aWhile()
	r.store.Down(false)
	require.Eventually(t, r.erased(rec.ID), eventually, tick)
}

func TestOldKeysAreForgotten(t *testing.T) {
	r, c := aged(t, 0)
	r.call("1.1", "410")
	_, _, err := r.startOnce("k", "410", "22")
	require.NoError(t, err)
	c.turn(recording.KeyLife + time.Minute)
	require.Eventually(t, func() bool {
		_, err := r.store.KeyUse(t.Context(), "crm", "k", time.Time{})
		return err != nil
	}, eventually, tick)
}

// The service comes up before its database: what was to be erased does not wait for the hour.
func TestErasuresWaitForTheDatabase(t *testing.T) {
	r := assemble(t, nil)
	rec := r.swept("1.1", "22")
	r.stop()
	r.edit(rec.ID, func(row *recording.Recording) { row.DeletedAt, row.EraseAskedAt = time.Now(), time.Now() })
	r.store.Down(true)
	r.restart("one")
	aWhile()
	r.store.Down(false)
	require.Eventually(t, r.erased(rec.ID), eventually, tick)
}
