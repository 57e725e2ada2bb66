package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

func (o *operated) verify(asJSON bool, ids ...string) error {
	o.t.Helper()
	v := &verifier{store: o.store, files: o.files, report: newReport(o.console(asJSON))}
	return v.run(o.t.Context(), ids)
}

// found reads what verify --json has written: findings by kind and file, and the summary.
func (o *operated) found() (findings map[string]string, summary map[string]any) {
	o.t.Helper()
	findings = map[string]string{}
	for line := range strings.Lines(o.out.String()) {
		var found finding
		var end struct{ Summary map[string]any }
		require.NoError(o.t, json.Unmarshal([]byte(line), &end), line)
		require.NoError(o.t, json.Unmarshal([]byte(line), &found), line)
		if end.Summary != nil {
			summary = end.Summary
			continue
		}
		require.NotEmpty(o.t, found.Detail)
		findings[found.File] = found.Finding
	}
	return findings, summary
}

func TestVerifyFindsNothingWrong(t *testing.T) {
	o := newOperated(t)
	require.NoError(t, o.verify(false))
	require.Equal(t, "0 recordings proven (0 B), 0 without proof; nothing is wrong\n", o.out.String())
	a, b := o.recorded(nil), o.recorded(nil)
	o.recorded(func(r *recording.Recording) { r.State, r.Owner = recording.Archiving, "a"; r.Audio = nil }) // its file is there before its row knows
	erased := o.recorded(func(r *recording.Recording) { r.DeletedAt, r.ErasedAt, r.Audio.Key = firstDay, firstDay, "" })
	require.NoError(t, os.Remove(o.folder+"/2026/11/23/"+erased.ID+".wav"))
	dying := o.recorded(func(r *recording.Recording) { r.DeletedAt, r.EraseAskedAt = firstDay, firstDay })
	require.NoError(t, os.Remove(o.path(dying)))
	require.NoError(t, o.verify(true), o.out.String())
	findings, summary := o.found()
	require.Empty(t, findings)
	require.Equal(t, map[string]any{
		"proven": 2.0, "bytes": float64(a.Audio.Size + b.Audio.Size), "unproven": 3.0, "files": 3.0, "findings": map[string]any{},
	}, summary)
}

func TestVerifyFindsEverythingThatIsWrong(t *testing.T) {
	o := newOperated(t)
	fine, missing, altered, cut, noise := o.recorded(nil), o.recorded(nil), o.recorded(nil), o.recorded(nil), o.recorded(nil)
	failed := o.recorded(func(r *recording.Recording) { r.State = recording.Failed; r.Audio = nil })
	lying := o.recorded(func(r *recording.Recording) { r.Audio.Duration++ })
	require.NoError(t, os.Remove(o.path(missing)))
	o.flip(altered)
	require.NoError(t, os.Truncate(o.path(cut), 100))
	require.NoError(t, os.WriteFile(o.path(noise), []byte("noise"), 0o600))
	sound := recordingtest.WAV(recording.FormatWAV, 1e9)
	const stranger = "2025/01/01/01k9z8x7w6v5t4s3r2q1p09999.wav"
	draft := "2026/11/23/." + fine.ID + "-abc.part"
	o.write(stranger, sound)
	o.write("2025/01/01/music.wav", sound)
	o.write("2025/01/01/"+fine.ID+".wav", sound)
	o.write(draft, sound)
	o.write("2026/11/23/.01k9z8x7w6v5t4s3r2q1p09999-abc.part", sound)
	o.write("notes.txt", nil)
	require.NoError(t, os.Symlink("/nowhere", o.folder+"/link.wav"))

	err := o.verify(true)
	require.EqualError(t, err, "verify: 1 missing, 3 altered, 1 unreadable, 6 orphan, 2 draft")
	findings, summary := o.found()
	require.Equal(t, map[string]string{
		missing.Audio.Key: "missing", altered.Audio.Key: "altered", cut.Audio.Key: findings[cut.Audio.Key], noise.Audio.Key: "unreadable", lying.Audio.Key: "altered",
		stranger: "orphan", "2025/01/01/music.wav": "orphan", "2025/01/01/" + fine.ID + ".wav": "orphan", "notes.txt": "orphan", "link.wav": "orphan",
		"2026/11/23/" + failed.ID + ".wav": "orphan", draft: "draft", "2026/11/23/.01k9z8x7w6v5t4s3r2q1p09999-abc.part": "draft",
	}, findings)
	require.Equal(t, 1.0, summary["proven"])

	require.Error(t, o.verify(false))
	require.Contains(t, o.out.String(), "missing")
	require.Contains(t, o.out.String(), "1 recording proven")
}

func TestVerifyOfSome(t *testing.T) {
	o := newOperated(t)
	fine, altered := o.recorded(nil), o.recorded(nil)
	o.flip(altered)
	o.write("notes.txt", nil)
	require.NoError(t, o.verify(false, fine.ID))
	require.EqualError(t, o.verify(false, fine.ID, altered.ID), "verify: 1 altered")
	require.ErrorContains(t, o.verify(false, "01k9z8x7w6v5t4s3r2q1p09999"), "no recording has the id")
}

// A pipe or a link would let whoever opens it wait for good, or lead him somewhere.
func TestVerifyOpensOnlyRegularFiles(t *testing.T) {
	o := newOperated(t)
	piped := o.recorded(nil)
	draft := "2026/11/23/." + piped.ID + "-abc.part"
	require.NoError(t, os.Remove(o.path(piped)))
	for _, name := range []string{piped.Audio.Key, draft, "pipe"} {
		require.NoError(t, syscall.Mkfifo(o.folder+"/"+name, 0o600))
	}
	require.NoError(t, os.Symlink("nothing", o.folder+"/link"))
	require.EqualError(t, o.verify(false), "verify: 1 unreadable, 3 orphan, 1 draft")
	require.Contains(t, o.out.String(), "no regular file")
}

// moving is an archive at which the service works: the first look at a file is overtaken.
type moving struct {
	storedFiles
	overtake func()
}

func (m *moving) MeasureKey(ctx context.Context, key string) (*recording.Audio, error) {
	audio, err := m.storedFiles.MeasureKey(ctx, key)
	if m.overtake != nil {
		m.overtake()
		m.overtake = nil
	}
	return audio, err
}

func TestVerifyBesideTheServiceThatErases(t *testing.T) {
	o := newOperated(t)
	r := o.recorded(nil)
	require.NoError(t, os.Remove(o.path(r)))
	v := &verifier{store: o.store, report: newReport(o.console(true)), files: &moving{o.files, func() {
		r.DeletedAt, r.ErasedAt, r.Audio.Key = firstDay, firstDay, ""
		require.NoError(t, o.store.Update(t.Context(), r))
	}}}
	require.NoError(t, v.run(t.Context(), nil))
}

// gone is an archive whose files are deleted as soon as they were listed.
type gone struct{ storedFiles }

func (gone) Walk(_ context.Context, visit func(string, int64) error) error {
	return visit("2026/11/23/01k9z8x7w6v5t4s3r2q1p09999.wav", 1)
}

func (gone) Leftovers(_ context.Context, visit func(name, id string) error) error {
	return visit("2026/11/23/.01k9z8x7w6v5t4s3r2q1p09999-abc.part", "01k9z8x7w6v5t4s3r2q1p09999")
}

func TestVerifyTellsOfNoFileThatIsGoneMeanwhile(t *testing.T) {
	o := newOperated(t)
	v := &verifier{store: o.store, files: gone{o.files}, report: newReport(o.console(true))}
	require.NoError(t, v.run(t.Context(), nil))
}

func TestVerifyCannotLook(t *testing.T) {
	o := newOperated(t)
	o.recorded(nil)
	down := errors.New("down")
	for _, method := range []string{"Find", "Get"} {
		o.store.FailNext(method, down)
		require.ErrorIs(t, o.verify(true), down)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := &verifier{store: o.store, files: o.files, report: newReport(o.console(true))}
	require.ErrorIs(t, v.everyFile(ctx), context.Canceled)
	_, err := v.compare(ctx, o.recorded(nil))
	require.ErrorIs(t, err, context.Canceled)
}

func TestProgressIsForThoseWhoWatch(t *testing.T) {
	var screen, out bytes.Buffer
	p := newReport(Console{Out: &out, Err: &screen})
	require.False(t, p.loud)
	p.loud = true
	require.NoError(t, p.seen(&recording.Recording{Audio: &recording.Audio{Size: 1.5e9}}, true))
	require.Contains(t, screen.String(), "1 recordings, 1.5 GB")
	require.Error(t, errors.Join(p.add(finding{Finding: findMissing}), p.end()))
	require.NotContains(t, out.String(), "\r")
}
