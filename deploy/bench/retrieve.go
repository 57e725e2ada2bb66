package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"ari-recorder/deploy/bench/rivals"
	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
	"ari-recorder/pkg/wav"
)

// retrieve measures the download of recordings over the legacy API, as WAV beside nginx serving the same file, and as BASE64
// beside the program base64 writing it into a socket: the rate, and what it costs in memory.
func (b *bench) retrieve(ctx context.Context) error {
	if err := lab.Install(ctx, os.Stderr, lab.RootAsterisk, lab.RootClients); err != nil {
		return err
	}
	b.print("retrieval over the legacy API, one of each in turn:")
	var errs []error
	for _, of := range []struct {
		size   int64
		rounds int
	}{{1 << 20, 300}, {100 << 20, 15}, {b.size, 5}} {
		errs = append(errs, b.retrieveOne(ctx, of.size, of.rounds))
	}
	return errors.Join(errs...)
}

// retrieveOne measures a recording of a size.
func (b *bench) retrieveOne(ctx context.Context, size int64, rounds int) (err error) {
	folder, err := os.MkdirTemp("", "ari-recorder-bench-")
	if err != nil {
		return err
	}
	defer join(&err, func() error { return os.RemoveAll(folder) })
	sized := *b
	sized.size = size
	file, err := sized.plant(ctx, folder)
	if err != nil {
		return err
	}
	nginx, err := lab.StartNginx(ctx, filepath.Join(folder, "recordings"))
	if err != nil {
		return err
	}
	defer join(&err, nginx.Close)
	encoder, err := rivals.Base64(filepath.Join(folder, "recordings", file))
	if err != nil {
		return err
	}
	defer join(&err, encoder.Close)
	pbx, err := lab.StartAsterisk(ctx, lab.AsteriskOptions{})
	if err != nil {
		return err
	}
	defer join(&err, pbx.Close)
	p, err := b.launch(ctx, folder, settings(pbx)...)
	if err != nil {
		return err
	}
	defer join(&err, p.close)
	query := url.Values{"method": {"retrieve"}, "tag": {largeTag}, "username": {"bench"}}
	ours := p.URL + "/servicemanager/services/njadmin-api-recording?" + query.Encode()
	wav := side{"WAV", func(ctx context.Context) (int64, error) {
		return fetch(ctx, http.DefaultClient, ours+"&format=wav", drain{})
	}}
	text := side{"BASE64", func(ctx context.Context) (int64, error) { return fetch(ctx, http.DefaultClient, ours, drain{}) }}
	return errors.Join(
		b.download(ctx, p, size, rounds, wav, side{"nginx", func(ctx context.Context) (int64, error) {
			return fetch(ctx, http.DefaultClient, nginx.URL+"/"+file, drain{})
		}}),
		b.download(ctx, p, size, rounds, text, side{"base64 -w0", func(ctx context.Context) (int64, error) { return encoder.Fetch(ctx, drain{}) }}),
	)
}

// side is one of two who hand out the same recording; take returns how many bytes came.
type side struct {
	name string
	take func(context.Context) (int64, error)
}

// drain reads with a buffer that is not what is measured, as io.Discard's small one would be.
type drain struct{}

func (drain) Write(p []byte) (int, error) { return len(p), nil }

func (drain) ReadFrom(r io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{drain{}}, struct{ io.Reader }{r}, make([]byte, 256<<10))
}

const largeTag, largeID = "large", "01k9zzzzzzzzzzzzzzzzzzzzzz"

// plant puts a large recording into a fresh archive and database, as if it had been made long ago.
func (b *bench) plant(ctx context.Context, folder string) (key string, err error) {
	files, err := archive.Open(filepath.Join(folder, "recordings"))
	if err != nil {
		return "", err
	}
	defer join(&err, files.Close)
	store, err := sqlstore.Open(sqlstore.Options{URL: "sqlite:" + filepath.Join(folder, "ari-recorder.db")})
	if err != nil {
		return "", err
	}
	defer join(&err, store.Close)
	if err := store.Migrate(ctx); err != nil {
		return "", err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	r := &recording.Recording{
		ID: largeID, State: recording.Available, Tag: largeTag, Node: "default", UniqueID: "1.1", Channel: "PJSIP/410-00000001",
		Extension: "410", Format: recording.FormatWAV, CreatedAt: now, StartedAt: now, EndedAt: now, CallEndedAt: now, SourceDeletedAt: now,
	}
	samples := b.size - 44
	header := wav.Info{Channels: 1, SampleRate: 8000, BitsPerSample: 16, DataBytes: samples}.Header()
	src := io.MultiReader(bytes.NewReader(header), io.LimitReader(endless{}, samples))
	if r.Audio, err = files.Put(ctx, r, src, b.size); err != nil {
		return "", err
	}
	return r.Audio.Key, store.Create(ctx, r, recording.Event{At: now, Kind: recording.EventRequested, State: r.State})
}

// endless are samples that are not all alike.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i * 31)
	}
	return len(p), nil
}

// download takes the recording from the service and from the other side, in turn, and prints both.
func (b *bench) download(ctx context.Context, p *process, size int64, rounds int, ours, theirs side) error {
	if err := p.forgetPeak(); err != nil {
		return err
	}
	before, err := usageOf(p.PID())
	if err != nil {
		return err
	}
	times := map[string][]time.Duration{}
	for range rounds {
		for _, s := range []side{ours, theirs} {
			began := time.Now()
			n, err := s.take(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if n < size {
				return fmt.Errorf("%s: only %d bytes came", s.name, n)
			}
			times[s.name] = append(times[s.name], time.Since(began))
		}
	}
	after, err := usageOf(p.PID())
	if err != nil {
		return err
	}
	rate := func(s side) float64 { return float64(size) / (1 << 20) / percentile(times[s.name], 50).Seconds() }
	grew := max(0, after.peak-before.resident)
	b.print("  %4d MiB  %-6s %6.0f MiB of audio a second, %.2f × %s (%.0f); grew by %.1f MiB",
		size>>20, ours.name, rate(ours), rate(ours)/rate(theirs), theirs.name, rate(theirs), grew)
	b.keep(result{What: "retrieve", Of: fmt.Sprintf("%s, %d MiB", ours.name, size>>20), PerSecond: rate(ours), MiB: grew, Beside: theirs.name, Ratio: rate(ours) / rate(theirs)})
	if grew > 32 {
		return errors.New("a download may grow the process by 32 MiB at most")
	}
	return nil
}
