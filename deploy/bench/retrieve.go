package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"ari-recorder/deploy/lab"
	"ari-recorder/pkg/archive"
	"ari-recorder/pkg/recording"
	"ari-recorder/pkg/sqlstore"
	"ari-recorder/pkg/wav"
)

// retrieve measures the download of one large recording, as BASE64 and as WAV: what it costs in memory, and its rate
// beside net/http handing out the same file.
func (b *bench) retrieve(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "ari-recorder-bench-")
	if err != nil {
		return err
	}
	defer join(&err, func() error { return os.RemoveAll(folder) })
	file, err := b.plant(ctx, folder)
	if err != nil {
		return err
	}
	peer, stop, err := plainServer(filepath.Join(folder, "recordings", file))
	if err != nil {
		return err
	}
	defer join(&err, stop)
	if err := lab.Install(ctx, os.Stderr, lab.RootAsterisk); err != nil {
		return err
	}
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
	base64 := p.URL + "/servicemanager/services/njadmin-api-recording?" + query.Encode()
	b.print("retrieval of a recording of %d MiB:", b.size>>20)
	for _, c := range []struct{ name, address string }{{"WAV", base64 + "&format=wav"}, {"BASE64", base64}} {
		if err := b.download(ctx, p, c.name, c.address, peer); err != nil {
			return err
		}
	}
	return nil
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

// plainServer hands out one file by net/http alone.
func plainServer(file string) (address string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }),
		ReadHeaderTimeout: 5 * time.Second,
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	return "http://" + l.Addr().String(), func() error {
		if err := errors.Join(s.Close(), <-ended); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, nil
}

// download takes the recording from the service and the same file from the peer, in turn, and prints both.
func (b *bench) download(ctx context.Context, p *process, name, address, peer string) error {
	if err := p.forgetPeak(); err != nil {
		return err
	}
	before, err := p.memory("VmRSS")
	if err != nil {
		return err
	}
	var ours, theirs []time.Duration
	for range 3 {
		for _, side := range []struct {
			address string
			times   *[]time.Duration
		}{{address, &ours}, {peer, &theirs}} {
			began := time.Now()
			n, err := fetch(ctx, http.DefaultClient, side.address, io.Discard)
			if err != nil {
				return err
			}
			if n < b.size {
				return fmt.Errorf("only %d bytes came", n)
			}
			*side.times = append(*side.times, time.Since(began))
		}
	}
	peak, err := p.memory("VmHWM")
	if err != nil {
		return err
	}
	rate := func(times []time.Duration) float64 { return float64(b.size>>20) / percentile(times, 50).Seconds() }
	b.print("  %-7s %6.0f MiB of audio a second, %.2f × net/http serving the file (%.0f); grew by %.1f MiB",
		name, rate(ours), rate(ours)/rate(theirs), rate(theirs), peak-before)
	if peak-before > 32 {
		return errors.New("a download may grow the process by 32 MiB at most")
	}
	return nil
}
