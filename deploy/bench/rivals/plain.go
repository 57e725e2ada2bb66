package rivals

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v6"
	"github.com/CyCoreSystems/ari/v6/client/native"
	"github.com/oklog/ulid/v2"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
)

// plain is the program that somebody would write in an afternoon: the library's own client and bus, one step after the
// other.
type plain struct {
	names
	client ari.Client
	store  *sqlstore.Store // nil: nothing is written down
}

// Plain is a plain program on ari/v6. With the URL of a database it writes the rows that the service writes, too: the
// intent before it records, the state when Asterisk does.
func Plain(ctx context.Context, pbx *lab.Asterisk, database string) (Rival, error) {
	p := &plain{names: names{prefix: prefix("plain")}}
	if database != "" {
		p.prefix = prefix("plain-rows")
		store, err := sqlstore.Open(sqlstore.Options{URL: database, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, err
		}
		p.store = store
		if err := store.Migrate(ctx); err != nil {
			return p, err
		}
	}
	client, err := native.ConnectWithContext(ctx, &native.Options{
		Application: p.prefix, URL: pbx.URL, WebsocketURL: "ws" + pbx.URL[len("http"):] + "/events", Username: pbx.Username, Password: pbx.Password,
	})
	p.client = client
	return p, err
}

// Close ends the client, and leaves the database.
func (p *plain) Close() error {
	if p.client != nil {
		p.client.Close()
	}
	if p.store != nil {
		return p.store.Close()
	}
	return nil
}

// Start makes the snoop channel, waits for it, writes the intent, records, waits for that, and writes the state.
func (p *plain) Start(ctx context.Context, channel string) (func(context.Context) error, error) {
	id := p.next()
	key := ari.NewKey(ari.ChannelKey, id)
	entered := p.client.Bus().Subscribe(key, ari.Events.StasisStart)
	defer entered.Cancel()
	started := p.client.Bus().Subscribe(ari.NewKey(ari.LiveRecordingKey, id), ari.Events.RecordingStarted)
	defer started.Cancel()
	snoop, err := p.client.Channel().Snoop(ari.NewKey(ari.ChannelKey, channel), id, &ari.SnoopOptions{App: p.prefix, Spy: ari.DirectionBoth})
	if err != nil {
		return nil, fmt.Errorf("snoop: %w", err)
	}
	if err := arrival(ctx, entered); err != nil {
		return nil, fmt.Errorf("no StasisStart: %w", err)
	}
	r, err := p.intend(ctx, id, channel)
	if err != nil {
		return nil, err
	}
	if _, err := snoop.Record(id, &ari.RecordingOptions{Format: "wav", Exists: "fail"}); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if err := arrival(ctx, started); err != nil {
		return nil, fmt.Errorf("no RecordingStarted: %w", err)
	}
	if err := p.note(ctx, r); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return errors.Join(p.end(ctx, snoop, id), p.forget(ctx, r)) }, nil
}

func arrival(ctx context.Context, news ari.Subscription) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-news.Events():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// intend writes the first row of a recording.
func (p *plain) intend(ctx context.Context, id, channel string) (*recording.Recording, error) {
	if p.store == nil {
		return nil, nil
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	r := &recording.Recording{
		ID: strings.ToLower(ulid.Make().String()), State: recording.Starting, Tag: id, Node: "default", UniqueID: channel,
		Extension: "410", Format: recording.FormatWAV, CreatedAt: now,
	}
	return r, p.store.Create(ctx, r, recording.Event{At: now, Kind: recording.EventRequested, State: r.State})
}

// note writes that it records.
func (p *plain) note(ctx context.Context, r *recording.Recording) error {
	if r == nil {
		return nil
	}
	r.State, r.StartedAt = recording.Active, time.Now().UTC().Truncate(time.Microsecond)
	return p.store.Update(ctx, r, recording.Event{At: r.StartedAt, Kind: recording.EventStarted, State: r.State})
}

// forget lets the row be none of a running recording, of which there is one for a channel.
func (p *plain) forget(ctx context.Context, r *recording.Recording) error {
	if r == nil {
		return nil
	}
	r.State, r.EndedAt = recording.Failed, time.Now().UTC().Truncate(time.Microsecond)
	r.Failure = &recording.Failure{Code: recording.FailNoFile, Detail: "made to be measured"}
	return p.store.Update(ctx, r, recording.Event{At: r.EndedAt, Kind: recording.EventFailed, State: r.State})
}

func (p *plain) end(ctx context.Context, snoop *ari.ChannelHandle, id string) error {
	left := p.client.Bus().Subscribe(snoop.Key(), ari.Events.ChannelDestroyed, ari.Events.StasisEnd)
	defer left.Cancel()
	if err := snoop.Hangup(); err != nil {
		return err
	}
	if err := arrival(ctx, left); err != nil {
		return fmt.Errorf("no end: %w", err)
	}
	return p.client.StoredRecording().Delete(ari.NewKey(ari.StoredRecordingKey, id))
}
