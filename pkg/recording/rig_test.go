package recording_test

import (
	"context"
	"encoding/hex"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

const (
	application = "ari-recorder"
	node        = "default"
)

// rig is a service with everything around it in memory, but for the archive, which is the real one.
type rig struct {
	*recording.Service
	t       *testing.T
	store   *recordingtest.Store
	phones  *recordingtest.Switch
	index   *channels.Index
	archive *archive.Folder
	files   *fragile // the archive as the service sees it
	stop    func()   // ends Run and joins it
}

// fragile is an archive that does not let anything be removed on request, and remembers what was opened.
type fragile struct {
	recording.Archive
	mu     sync.Mutex
	err    error
	opened []io.ReadSeekCloser
}

func (f *fragile) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := f.Archive.Open(ctx, key)
	f.opened = append(f.opened, file)
	return file, err
}

func (f *fragile) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fragile) Delete(ctx context.Context, rec *recording.Recording) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	return f.Archive.Delete(ctx, rec)
}

// assemble makes a running service; change may alter its options.
func assemble(t *testing.T, change func(*recording.Options)) *rig {
	t.Helper()
	r := &rig{t: t, store: recordingtest.NewStore(), index: channels.NewIndex(node)}
	files, err := archive.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, files.Close()) })
	r.archive, r.files = files, &fragile{Archive: files}
	r.phones = recordingtest.NewSwitch(t, func(s recording.Signal) { r.Notify(s) }, node)
	r.index.SetReady(node, true)
	options := recording.Options{Application: application, Instance: "one", Format: recording.FormatWAV, RenewEvery: 20 * time.Millisecond}
	if change != nil {
		change(&options)
	}
	r.Service = recording.New(options, r.store, r.phones, r.files, r.index)
	r.run()
	return r
}

// run starts the service's loops; they end with the test or at stop.
func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	service := r.Service
	loops.Go(func() { service.Run(ctx) })
	r.stop = func() {
		cancel()
		loops.Wait()
	}
	r.t.Cleanup(r.stop)
}

// restart puts a new service in the place of the old one, as a new process would be: nothing is remembered but what the
// store, Asterisk and the archive hold.
func (r *rig) restart(instance string) {
	r.swap(instance, r.store)
	r.phones.Resync(node)
}

// swap is restart with another view of the store.
func (r *rig) swap(instance string, store recording.Store) {
	r.stop()
	options := r.Options
	options.Instance = instance
	r.Service = recording.New(options, store, r.phones, r.files, r.index)
	r.run()
}

// call makes a live, answered channel of an extension.
func (r *rig) call(uniqueID, extension string) {
	r.phones.AddChannel(node, uniqueID, "L"+uniqueID)
	r.index.Put(channels.Channel{
		Node: node, UniqueID: uniqueID, Name: "PJSIP/" + extension + "-" + uniqueID, Extension: extension,
		State: channels.StateUp, Hold: channels.HoldOff, Caller: channels.Party{Name: "Ann", Number: extension},
	})
}

// hangUp ends a channel as Asterisk would.
func (r *rig) hangUp(uniqueID string) {
	r.index.Remove(node, uniqueID)
	r.phones.HangUp(node, uniqueID)
}

func (r *rig) start(channel, tag string) (*recording.Recording, bool, error) {
	return r.Start(r.t.Context(), recording.StartRequest{Channel: channel, Tag: tag, By: recording.Actor{Name: "crm", Address: "192.0.2.1"}})
}

// started starts a recording and insists that it works.
func (r *rig) started(channel, tag string) *recording.Recording {
	r.t.Helper()
	rec, created, err := r.start(channel, tag)
	require.NoError(r.t, err)
	require.True(r.t, created)
	require.Equal(r.t, recording.Active, rec.State)
	aMoment()
	return rec
}

// aMoment lets a recording become long enough to hold audio.
func aMoment() { <-time.After(2 * time.Millisecond) }

func (r *rig) stopped(channel string) *recording.Recording {
	r.t.Helper()
	rec, err := r.Stop(r.t.Context(), recording.StopRequest{Channel: channel})
	require.NoError(r.t, err)
	return rec
}

// becomes waits until a recording is in a state; it changes in another goroutine that tells nobody outside.
func (r *rig) becomes(id string, state recording.State) *recording.Recording {
	r.t.Helper()
	var rec *recording.Recording
	became := func() bool {
		var err error
		rec, err = r.store.Get(r.t.Context(), id)
		return err == nil && rec.State == state
	}
	if !assert.Eventually(r.t, became, 10*time.Second, 2*time.Millisecond) {
		r.t.Fatalf("recording %s never became %s: %+v %+v %v", id, state, rec, rec.Failure, r.timeline(id))
	}
	return rec
}

func (r *rig) retrieve(tag string) (*recording.Retrieved, error) {
	return r.Retrieve(r.t.Context(), recording.RetrieveRequest{Tag: tag, Username: "fred", By: recording.Actor{Address: "192.0.2.7"}})
}

// heard retrieves a tag's audio, insists that it works, and returns the recording.
func (r *rig) heard(tag string) *recording.Recording {
	r.t.Helper()
	out, err := r.retrieve(tag)
	require.NoError(r.t, err)
	bytes, err := io.ReadAll(out.Audio)
	require.NoError(r.t, err)
	require.NoError(r.t, out.Audio.Close())
	require.Len(r.t, bytes, int(out.Recording.Audio.Size))
	_, err = hex.DecodeString(out.Recording.Audio.SHA256)
	require.NoError(r.t, err)
	return out.Recording
}

// fails insists on an error's code and on a line for people.
func fails(t *testing.T, err error, code recording.Code) {
	t.Helper()
	require.Error(t, failure(t, err, code))
}

// failure does as fails and returns the error for a closer look.
func failure(t *testing.T, err error, code recording.Code) *recording.Error {
	t.Helper()
	var e *recording.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code, e.Error())
	require.NotEmpty(t, e.Detail)
	require.NotContains(t, e.Detail, "\n")
	return e
}

// timeline lists the kinds of a recording's events.
func (r *rig) timeline(id string) []recording.EventKind {
	r.t.Helper()
	events, err := r.store.Events(r.t.Context(), id)
	require.NoError(r.t, err)
	var kinds []recording.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// audited lists the audit trail's entries about an action, oldest first.
func (r *rig) audited(action recording.Action) []recording.AuditEntry {
	r.t.Helper()
	entries, err := r.AuditTrail(r.t.Context(), recording.AuditFilter{Action: action}, recording.Page{})
	require.NoError(r.t, err)
	slices.Reverse(entries)
	return entries
}

// outcomes are what came of an action, each time.
func (r *rig) outcomes(action recording.Action) (list []string) {
	r.t.Helper()
	for _, e := range r.audited(action) {
		list = append(list, e.Outcome)
	}
	return list
}

// event returns the latest event of a kind.
func (r *rig) event(id string, kind recording.EventKind) recording.Event {
	r.t.Helper()
	events, err := r.Timeline(r.t.Context(), id)
	require.NoError(r.t, err)
	for _, e := range slices.Backward(events) {
		if e.Kind == kind {
			return e
		}
	}
	r.t.Fatalf("no event %s in %v", kind, events)
	return recording.Event{}
}

// quiet waits until what follows a start is written, so that a fault of the store meets what the test means.
func (r *rig) quiet(rec *recording.Recording) *recording.Recording {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		_, err := r.store.Call(r.t.Context(), rec.Node, rec.UniqueID)
		return err == nil
	}, eventually, tick)
	return r.row(rec.ID)
}

// row reads a recording from the store.
func (r *rig) row(id string) *recording.Recording {
	r.t.Helper()
	row, err := r.store.Get(r.t.Context(), id)
	require.NoError(r.t, err)
	return row
}

// only returns the one row that there is.
func (r *rig) only() *recording.Recording {
	r.t.Helper()
	rows, err := r.store.Find(r.t.Context(), recording.Filter{})
	require.NoError(r.t, err)
	require.Len(r.t, rows, 1)
	return rows[0]
}
