package rest

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"

	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// fake is a service that answers what it is told to, and keeps what it was asked for.
type fake struct {
	err        error
	recording  *recording.Recording
	created    bool
	recordings []*recording.Recording
	events     []recording.Event
	calls      []recording.CallRecord
	live       []recording.LiveCall
	resolution channels.Resolution
	entries    []recording.AuditEntry
	audio      string // path of the file that is handed out, if there is no
	stream     io.ReadSeekCloser

	asked  []any // what the methods were called with
	denied []recording.AuditEntry
}

func (f *fake) one(asked ...any) (*recording.Recording, error) {
	f.asked = asked
	if f.err != nil {
		return nil, f.err
	}
	return f.recording, nil
}

func (f *fake) Start(_ context.Context, req recording.StartRequest) (*recording.Recording, bool, error) {
	r, err := f.one(req)
	return r, f.created, err
}

func (f *fake) Get(_ context.Context, id string) (*recording.Recording, error) { return f.one(id) }

func (f *fake) Amend(_ context.Context, a recording.Amendment) (*recording.Recording, error) {
	return f.one(a)
}

func (f *fake) End(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("end", c)
}

func (f *fake) Pause(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("pause", c)
}

func (f *fake) Resume(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("resume", c)
}

func (f *fake) Restore(_ context.Context, c recording.Control) (*recording.Recording, error) {
	return f.one("restore", c)
}

func (f *fake) Delete(_ context.Context, c recording.Control) error {
	_, err := f.one("delete", c)
	return err
}

func (f *fake) Erase(_ context.Context, c recording.Control) error {
	_, err := f.one("erase", c)
	return err
}

func (f *fake) Play(_ context.Context, req recording.PlayRequest) (*recording.Retrieved, error) {
	r, err := f.one(req)
	if err != nil {
		return nil, err
	}
	if f.stream != nil {
		return &recording.Retrieved{Recording: r, Count: 1, Audio: f.stream}, nil
	}
	file, err := os.Open(f.audio)
	return &recording.Retrieved{Recording: r, Count: 1, Audio: file}, err
}

func (f *fake) Timeline(_ context.Context, id string) ([]recording.Event, error) {
	_, err := f.one(id)
	return f.events, err
}

func (f *fake) List(_ context.Context, filter recording.Filter, p recording.Page) ([]*recording.Recording, error) {
	_, err := f.one(filter, p)
	return turn(f.recordings, p, recordingList.position), err
}

func (f *fake) CallRecords(_ context.Context, filter recording.CallFilter, p recording.Page) ([]recording.CallRecord, error) {
	_, err := f.one(filter, p)
	return turn(f.calls, p, callList.position), err
}

func (f *fake) AuditTrail(_ context.Context, filter recording.AuditFilter, p recording.Page) ([]recording.AuditEntry, error) {
	_, err := f.one(filter, p)
	return turn(f.entries, p, auditList.position), err
}

// turn cuts a page out of a list that is newest first, as a store does.
func turn[T any](all []T, p recording.Page, position func(T) recording.Position) []T {
	from := 0
	if p.After != (recording.Position{}) {
		from = slices.IndexFunc(all, func(entry T) bool {
			at := position(entry)
			return cmp.Or(at.At.Compare(p.After.At), cmp.Compare(at.Seq, p.After.Seq)) < 0
		})
	}
	if from < 0 {
		return nil
	}
	return all[from:min(from+p.Limit, len(all))]
}

func (f *fake) CallRecord(_ context.Context, node, uniqueID string) (*recording.CallRecord, error) {
	if _, err := f.one(node, uniqueID); err != nil {
		return nil, err
	}
	return &f.calls[0], nil
}

func (f *fake) LiveCalls(_ context.Context, node string) ([]recording.LiveCall, error) {
	_, err := f.one(node)
	return f.live, err
}

func (f *fake) LiveCall(_ context.Context, node, uniqueID string) (*recording.LiveCall, error) {
	if _, err := f.one(node, uniqueID); err != nil {
		return nil, err
	}
	return &f.live[0], nil
}

func (f *fake) Resolve(_ context.Context, q channels.Query) (channels.Resolution, error) {
	_, err := f.one(q)
	return f.resolution, err
}

func (f *fake) Denied(_ context.Context, e recording.AuditEntry) { f.denied = append(f.denied, e) }
