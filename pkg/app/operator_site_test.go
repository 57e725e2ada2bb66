package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ari-recorder/config"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/channels"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/recording/recordingtest"
)

// operated is a store in memory beside a real archive, and what an operator's subcommand writes.
type operated struct {
	t        *testing.T
	store    *recordingtest.Store
	files    *archive.Folder
	folder   string
	out, err bytes.Buffer
	made     int
}

func newOperated(t *testing.T) *operated {
	t.Helper()
	o := &operated{t: t, store: recordingtest.NewStore(), folder: filepath.Join(t.TempDir(), "recordings")}
	var err error
	o.files, err = archive.Open(o.folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.files.Close()) })
	return o
}

func (o *operated) console(asJSON bool) Console {
	o.out.Reset()
	o.err.Reset()
	return Console{Out: &o.out, Err: &o.err, JSON: asJSON}
}

var firstDay = time.Date(2026, 11, 23, 7, 17, 2, 694e6, time.UTC)

// recorded puts an available recording and its file in place; change sees the row before it is written.
func (o *operated) recorded(change func(*recording.Recording)) *recording.Recording {
	o.t.Helper()
	o.made++
	r := &recording.Recording{
		ID: fmt.Sprintf("01k9z8x7w6v5t4s3r2q1p0%04d", o.made), State: recording.Available, Tag: "22", Node: "default",
		UniqueID: fmt.Sprintf("1795418220.%d", o.made), LinkedID: "1795418220.1", Channel: "PJSIP/410-00000002", Extension: "410",
		Caller: channels.Party{Name: "Ann", Number: "410"}, Format: recording.FormatWAV,
		CreatedAt: firstDay.Add(time.Duration(o.made) * time.Hour), StartedAt: firstDay.Add(time.Duration(o.made) * time.Hour),
	}
	sound := recordingtest.WAV(recording.FormatWAV, time.Duration(o.made)*100*time.Millisecond)
	audio, err := o.files.Put(o.t.Context(), r, bytes.NewReader(sound), int64(len(sound)))
	require.NoError(o.t, err)
	r.Audio = audio
	if change != nil {
		change(r)
	}
	require.NoError(o.t, o.store.Create(o.t.Context(), r, recording.Event{At: r.CreatedAt, Kind: recording.EventRequested, State: r.State, Actor: "crm"}))
	return r
}

// path is where the recording's file is.
func (o *operated) path(r *recording.Recording) string { return filepath.Join(o.folder, r.Audio.Key) }

// sound is what the recording's file holds.
func (o *operated) sound(r *recording.Recording) []byte {
	o.t.Helper()
	text, err := os.ReadFile(o.path(r))
	require.NoError(o.t, err)
	return text
}

// flip changes one byte of the sound.
func (o *operated) flip(r *recording.Recording) {
	o.t.Helper()
	sound := o.sound(r)
	sound[len(sound)-1] ^= 1
	require.NoError(o.t, os.WriteFile(o.path(r), sound, 0o600))
}

// write puts a file into the archive's folder.
func (o *operated) write(name string, content []byte) {
	o.t.Helper()
	path := filepath.Join(o.folder, name)
	require.NoError(o.t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(o.t, os.WriteFile(path, content, 0o600))
}

// usage requires that err says that the command line is wrong, and how.
func usage(t *testing.T, err error, says string) {
	t.Helper()
	var wrong *UsageError
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, wrong.Error(), says)
}

// configOf is a configuration with a data folder that does not exist.
func configOf(t *testing.T) config.Config {
	t.Helper()
	c, err := config.Load(config.Options{
		Environ: []string{"ARI_RECORDER_DATA_DIR=" + filepath.Join(t.TempDir(), "data")}, Search: []string{},
	})
	require.NoError(t, err)
	return c
}
