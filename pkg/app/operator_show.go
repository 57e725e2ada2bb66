package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ari-recorder/config"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
)

// ShowRecording prints one recording with its timeline and the record of its call. A *UsageError says that the id is none.
func ShowRecording(ctx context.Context, c config.Config, id string, to Console) error {
	if err := checkID(id); err != nil {
		return err
	}
	return attach(ctx, c, func(store rows) error { return show(ctx, store, id, to) })
}

func show(ctx context.Context, store rows, id string, to Console) error {
	r, err := find(ctx, store, id)
	if err != nil {
		return err
	}
	events, err := store.Events(ctx, id)
	if err != nil {
		return err
	}
	call, err := store.Call(ctx, r.Node, r.UniqueID)
	if err != nil && !errors.Is(err, recording.ErrNotFound) {
		return err
	}
	if to.JSON {
		return to.printJSON(shownJSON{r, eventsJSON(events), callJSON(call)})
	}
	return errors.Join(showRow(r, to), showTimeline(events, to), showCall(call, to))
}

func showRow(r *recording.Recording, to Console) error {
	t := newTable(to.Out)
	for _, line := range [][2]string{
		{"id", r.ID}, {"state", string(r.State)}, {"tag", r.Tag}, {"node", r.Node},
		{"uniqueid", r.UniqueID}, {"linkedid", r.LinkedID}, {"channel", r.Channel}, {"extension", r.Extension},
		{"caller", party(r.Caller)}, {"connected", party(r.Connected)}, {"started by", r.StartedBy},
		{"requested", localMillis(r.CreatedAt)}, {"started", localMillis(r.StartedAt)}, {"ended", localMillis(r.EndedAt)},
		{"call ended", localMillis(r.CallEndedAt)}, {"deleted", localMillis(r.DeletedAt)}, {"erased", localMillis(r.ErasedAt)},
		{"notes", strings.Join(notes(r), ", ")},
	} {
		t.row(line[0], line[1])
	}
	if a := r.Audio; a != nil {
		t.row("length", a.Duration.Round(time.Millisecond).String())
		t.row("size", strconv.FormatInt(a.Size, 10)+" bytes")
		t.row("sha256", a.SHA256)
		t.row("file", a.Key)
	}
	if r.Failure != nil {
		t.row("failure", fmt.Sprintf("%s: %s", r.Failure.Code, r.Failure.Detail))
	}
	return t.flush()
}

func party(p channels.Party) string {
	return strings.TrimSpace(p.Name + " " + p.Number)
}

func showTimeline(events []recording.Event, to Console) error {
	if _, err := fmt.Fprintln(to.Out); err != nil {
		return err
	}
	t := newTable(to.Out, "TIME", "EVENT", "STATE", "BY", "FROM", "DETAIL")
	for _, e := range events {
		t.row(localMillis(e.At), string(e.Kind), string(e.State), e.Actor, e.Address, e.Detail)
	}
	return t.flush()
}

// showCall prints the record of the call, if there is one: a call gets it once its linkedid is known.
func showCall(call *recording.Call, to Console) error {
	if call == nil {
		return nil
	}
	_, err := fmt.Fprintf(to.Out, "\ncall %s, external reference %s, since %s\n",
		printable(call.LinkedID), printable(call.ExternalReference), localTime(call.StartedAt))
	if err != nil {
		return err
	}
	t := newTable(to.Out, "UNIQUEID", "CHANNEL", "EXTENSION")
	for _, leg := range call.Legs {
		t.row(leg.UniqueID, leg.Channel, leg.Extension)
	}
	return t.flush()
}
