package app

import (
	"context"
	"errors"
	"fmt"

	"ari-recorder/config"
	"ari-recorder/pkg/recording"
)

// VerifyRecordings compares the stored files with the rows: those of the ids, or without any all of them, and then also
// what is in the archive, or in Asterisk under our name, and belongs to no row. It returns an error if anything is wrong,
// after everything was told.
func VerifyRecordings(ctx context.Context, c config.Config, ids []string, to Console) error {
	for _, id := range ids {
		if err := checkID(id); err != nil {
			return err
		}
	}
	return attach(ctx, c, func(store rows) (err error) {
		files, err := openArchive(c)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, files.Close()) }()
		phones, err := newPhones(c)
		if err != nil {
			return err
		}
		defer phones.Close()
		v := &verifier{store: store, files: files, phones: phones, application: c.Asterisk.Application, report: newReport(to)}
		for _, n := range c.Asterisk.Nodes {
			v.nodes = append(v.nodes, n.Name)
		}
		return v.run(ctx, ids)
	})
}

// storedFiles is the archive, as far as verify needs it.
type storedFiles interface {
	audioFiles
	MeasureKey(ctx context.Context, key string) (*recording.Audio, error)
	Walk(ctx context.Context, visit func(key string, size int64) error) error
	Leftovers(ctx context.Context, visit func(name, id string) error) error
	Look(ctx context.Context, name string) (ordinary bool, err error)
}

// verifier looks at one recording or file after the other, while the service may be at work on all of them: what looks
// wrong is looked at again before it is told.
type verifier struct {
	store  rows
	files  storedFiles
	report *report

	phones      storedNames
	nodes       []string
	application string
}

// run sums up only what it has looked at to the end.
func (v *verifier) run(ctx context.Context, ids []string) error {
	if err := v.look(ctx, ids); err != nil {
		v.report.clear()
		return err
	}
	return v.report.end()
}

func (v *verifier) look(ctx context.Context, ids []string) error {
	if len(ids) > 0 {
		return v.named(ctx, ids)
	}
	if err := v.everyRow(ctx); err != nil {
		return err
	}
	if err := v.everyFile(ctx); err != nil {
		return err
	}
	return v.everyNode(ctx)
}

func (v *verifier) named(ctx context.Context, ids []string) error {
	for _, id := range ids {
		r, err := find(ctx, v.store, id)
		if err != nil {
			return err
		}
		if err := v.row(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// verifyPage is how many rows are held at once.
const verifyPage = 500

func (v *verifier) everyRow(ctx context.Context) error {
	f := recording.Filter{Limit: verifyPage}
	for {
		batch, err := v.store.Find(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range batch {
			if err := v.row(ctx, r); err != nil {
				return err
			}
			f.Before = r.Seq
		}
		if len(batch) < verifyPage {
			return nil
		}
	}
}

// row compares the recording with its file; a difference counts only if the row has not changed meanwhile.
func (v *verifier) row(ctx context.Context, r *recording.Recording) error {
	for {
		found, err := v.compare(ctx, r)
		if err != nil {
			return err
		}
		if found == nil {
			return v.report.seen(r, hasAudio(r))
		}
		again, err := v.store.Get(ctx, r.ID)
		if err != nil {
			return err
		}
		if again.Version == r.Version {
			return errors.Join(v.report.seen(r, false), v.report.add(*found))
		}
		r = again
	}
}

// hasAudio tells whether a file must be there: not before it is archived, not once it is to be erased.
func hasAudio(r *recording.Recording) bool {
	return r.State == recording.Available && r.Audio != nil && r.Audio.Key != "" && r.EraseAskedAt.IsZero() && r.ErasedAt.IsZero()
}

// compare returns what is wrong with the recording's file, nil if nothing is or there need not be one.
func (v *verifier) compare(ctx context.Context, r *recording.Recording) (*finding, error) {
	if !hasAudio(r) {
		return nil, nil
	}
	got, err := v.files.MeasureKey(ctx, r.Audio.Key)
	wrong := &finding{ID: r.ID, File: r.Audio.Key}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, recording.ErrNoAudioFile):
		wrong.Finding, wrong.Detail = findMissing, "the row says that it is stored"
	case err != nil:
		wrong.Finding, wrong.Detail = findUnreadable, err.Error()
	case *got != *r.Audio:
		wrong.Finding, wrong.Detail = findAltered, difference(*r.Audio, *got)
	default:
		return nil, nil
	}
	return wrong, nil
}

// difference says in what the file is not what was archived.
func difference(want, got recording.Audio) string {
	switch {
	case got.Size != want.Size:
		return fmt.Sprintf("%d bytes instead of %d", got.Size, want.Size)
	case got.SHA256 != want.SHA256:
		return fmt.Sprintf("SHA-256 %s instead of %s", got.SHA256, want.SHA256)
	default:
		return fmt.Sprintf("%s, %d channels at %d Hz instead of %s, %d at %d Hz",
			got.Duration, got.Channels, got.SampleRate, want.Duration, want.Channels, want.SampleRate)
	}
}
