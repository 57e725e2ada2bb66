package recording

import (
	"context"
	"slices"
)

// List returns recordings, newest first by the time of creation. Errors are *Error: CodeInvalid, CodeDatabase.
func (s *Service) List(ctx context.Context, f Filter, p Page) ([]*Recording, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if p.Limit < 0 {
		return nil, &Error{Code: CodeInvalid, Detail: "the limit is negative"}
	}
	list, err := s.store.List(ctx, f, p)
	return list, storeError(err)
}

func (f Filter) check() error {
	for _, text := range []struct {
		what, text string
		limit      int
	}{
		{"the tag", f.Tag, MaxTag}, {"the uniqueid", f.UniqueID, MaxUniqueID}, {"the linkedid", f.LinkedID, MaxUniqueID},
		{"the extension", f.Extension, MaxUniqueID}, {"the node", f.Node, MaxTag},
	} {
		if text.text == "" {
			continue
		}
		if err := checkText(text.what, text.text, text.limit); err != nil {
			return err
		}
	}
	for _, state := range f.States {
		if !slices.Contains(States(), state) {
			return &Error{Code: CodeInvalid, Detail: "there is no such state of a recording"}
		}
	}
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		return &Error{Code: CodeInvalid, Detail: "the time range ends before it begins"}
	}
	return nil
}

// Timeline returns who did what to the recording, when and from where, oldest first. Errors are *Error:
// CodeNoRecording, CodeDatabase.
func (s *Service) Timeline(ctx context.Context, id string) ([]Event, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	events, err := s.store.Events(ctx, id)
	return events, storeError(err)
}

// CallRecord is our record of a call with its recordings, newest first; deleted ones are left out.
type CallRecord struct {
	Call
	Recordings []*Recording
}

// CallRecords returns records of calls, newest first. Errors are *Error: CodeDatabase.
func (s *Service) CallRecords(ctx context.Context, f CallFilter, p Page) ([]CallRecord, error) {
	calls, err := s.store.Calls(ctx, f, p)
	if err != nil || len(calls) == 0 {
		return nil, storeError(err)
	}
	byLeg, err := s.recordingsOf(ctx, calls)
	if err != nil {
		return nil, storeError(err)
	}
	records := make([]CallRecord, len(calls))
	for i, call := range calls {
		records[i].Call = *call
		for _, leg := range call.Legs {
			records[i].Recordings = append(records[i].Recordings, byLeg[call.Node+"/"+leg.UniqueID]...)
		}
		slices.SortFunc(records[i].Recordings, func(a, b *Recording) int { return int(b.Seq - a.Seq) })
	}
	return records, nil
}

// legsAtOnce is how many uniqueids are asked for at once: no database takes any number of them.
const legsAtOnce = 1000

// recordingsOf finds the recordings of all calls, by node and uniqueid.
func (s *Service) recordingsOf(ctx context.Context, calls []*Call) (map[string][]*Recording, error) {
	var ids []string
	for _, call := range calls {
		for _, leg := range call.Legs {
			ids = append(ids, leg.UniqueID)
		}
	}
	slices.Sort(ids)
	byLeg := make(map[string][]*Recording)
	for some := range slices.Chunk(slices.Compact(ids), legsAtOnce) { // each once, for legs of two nodes may share it
		rows, err := s.store.Find(ctx, Filter{UniqueIDs: some, NotDeleted: true})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			key := r.Node + "/" + r.UniqueID
			byLeg[key] = append(byLeg[key], r)
		}
	}
	return byLeg, nil
}

// CallRecord returns the record of the call that had a leg with the uniqueid, or has it as its linkedid; the newest if
// several nodes have one. Errors are *Error: CodeNoCall, CodeDatabase.
func (s *Service) CallRecord(ctx context.Context, node, uniqueID string) (*CallRecord, error) {
	noCall := &Error{Code: CodeNoCall, Detail: "there is no record of a call with that uniqueid"}
	if checkText("the uniqueid", uniqueID, MaxUniqueID) != nil {
		return nil, noCall
	}
	records, err := s.CallRecords(ctx, CallFilter{Node: node, UniqueID: uniqueID}, Page{Limit: 1})
	switch {
	case err == nil && len(records) == 0:
		return nil, noCall
	case err != nil:
		return nil, err
	}
	return &records[0], nil
}

// AuditTrail returns entries of the audit trail, newest first. What this instance has answered before is among them.
// Errors are *Error: CodeDatabase.
func (s *Service) AuditTrail(ctx context.Context, f AuditFilter, p Page) ([]AuditEntry, error) {
	waiting, cancel := context.WithTimeout(ctx, auditBound)
	defer cancel()
	s.errands.done(waiting)
	list, err := s.store.AuditTrail(ctx, f, p)
	return list, storeError(err)
}
