package recording

import (
	"context"
	"errors"
	"fmt"
)

// Amendment is what is to be changed about a recording; nil fields stay as they are.
type Amendment struct {
	Control
	Tag       *string
	Private   *bool
	LegalHold *bool
}

// Amend changes what people say about a recording, in one go: each real change is a line of the timeline and of the audit
// trail, and where nothing changes nothing is written. A new tag becomes the call's external reference, too, if the old one
// was that. Errors are *Error: CodeInvalid, CodeNoRecording, CodeDatabase, and CodeDeleted for a legal hold on audio that is
// erased, or about to be.
func (s *Service) Amend(ctx context.Context, a Amendment) (r *Recording, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	defer func() {
		if err != nil {
			s.refusedAmendment(ctx, a, err)
		}
	}()
	if a.Tag != nil {
		if err := checkText("the tag", *a.Tag, MaxTag); err != nil {
			return nil, err
		}
	}
	var before string
	r, err = s.decide(ctx, a.ID, func(r *Recording) ([]Event, error) {
		before = r.Tag
		return a.apply(r)
	})
	if err == nil && r.Tag != before {
		s.referAnew(ctx, r, before)
	}
	return r, err
}

// apply changes the row and tells what that was, or refuses all of it.
func (a Amendment) apply(r *Recording) (events []Event, err error) {
	if a.LegalHold != nil && *a.LegalHold {
		if err := pastErasing(r, "a legal hold cannot keep it any more"); err != nil {
			return nil, err
		}
	}
	if a.Tag != nil && *a.Tag != r.Tag {
		events = append(events, a.changed(r, EventTag, fmt.Sprintf("%q to %q", r.Tag, *a.Tag), a.tagDeed()))
		r.Tag = *a.Tag
	}
	if a.Private != nil && *a.Private != r.Private {
		events = append(events, a.changed(r, EventPrivate, fmt.Sprintf("%t to %t", r.Private, *a.Private), a.privateDeed()))
		r.Private = *a.Private
	}
	if a.LegalHold != nil && *a.LegalHold != r.LegalHold {
		events = append(events, a.changed(r, EventLegalHold, fmt.Sprintf("%t to %t", r.LegalHold, *a.LegalHold), a.holdDeed()))
		r.LegalHold = *a.LegalHold
	}
	return events, nil
}

func (a Amendment) changed(r *Recording, kind EventKind, detail string, d *deed) Event {
	e := a.event(kind, detail)
	e.Audit = d.within(r)
	return e
}

func (a Amendment) tagDeed() *deed {
	return newDeed(ActionTag, a.By, "id="+a.ID+" tag="+*a.Tag)
}

func (a Amendment) privateDeed() *deed {
	return newDeed(ActionPrivate, a.By, fmt.Sprintf("id=%s private=%t", a.ID, *a.Private))
}

func (a Amendment) holdDeed() *deed {
	return newDeed(ActionLegalHold, a.By, fmt.Sprintf("id=%s legal_hold=%t", a.ID, *a.LegalHold))
}

// refusedAmendment writes down each change that was asked for in vain.
func (s *Service) refusedAmendment(ctx context.Context, a Amendment, err error) {
	var asked []*deed
	if a.Tag != nil {
		asked = append(asked, a.tagDeed())
	}
	if a.Private != nil {
		asked = append(asked, a.privateDeed())
	}
	if a.LegalHold != nil {
		asked = append(asked, a.holdDeed())
	}
	for _, d := range asked {
		s.attest(ctx, d, known(a.ID, err), err)
	}
}

// referAnew gives the call its new external reference, unless a later start has given it another one. If that fails,
// reconciliation makes up for it.
func (s *Service) referAnew(ctx context.Context, r *Recording, before string) {
	call, err := s.store.Call(ctx, r.Node, r.UniqueID)
	if err == nil && call.ExternalReference == before {
		call.ExternalReference = r.Tag
		err = s.store.PutCall(ctx, *call)
	}
	if isDown(err) {
		s.warn(ctx, r, "the call's external reference could not be changed yet", err)
		s.callless.add(r.ID, r.Node)
		s.restless.mark(r.Node)
	}
}

// decide changes a recording by a rule that may refuse. A rule that returns neither events nor an error finds nothing to
// be done.
func (s *Service) decide(ctx context.Context, id string, rule func(*Recording) ([]Event, error)) (*Recording, error) {
	if !isID(id) {
		return nil, noRecording(nil)
	}
	var refusal error
	r, err := s.change(ctx, id, func(r *Recording) (events []Event) {
		about(ctx, r)
		events, refusal = rule(r)
		return events
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, noRecording(err)
	case err != nil:
		return nil, storeError(err)
	}
	return orNil(r, refusal)
}
