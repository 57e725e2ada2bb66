package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ari-recorder/deploy/lab"
)

// rangePart is how much a player or a download manager asks for at once.
const rangePart = 8 << 20

// leastRange is how much of nginx's rate the service is to reach.
const leastRange = 0.8

// audioByRange measures GET /v1/recordings/{id}/audio beside nginx, which serves the same file on the same machine: whole, and part by part.
func (b *bench) audioByRange(ctx context.Context) error {
	if err := lab.Install(ctx, os.Stderr, lab.RootAsterisk, lab.RootClients); err != nil {
		return err
	}
	b.print("audio over REST beside nginx serving the same file, %d of each in turn:", rangeRounds)
	var errs []error
	for _, size := range []int64{256 << 20, 1 << 30} {
		sized := *b
		sized.size = size
		errs = append(errs, sized.rangesOf(ctx))
	}
	return errors.Join(errs...)
}

// rangesOf measures one recording of b.size.
func (b *bench) rangesOf(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "ari-recorder-bench-")
	if err != nil {
		return err
	}
	defer join(&err, func() error { return os.RemoveAll(folder) })
	file, err := b.plant(ctx, folder)
	if err != nil {
		return err
	}
	nginx, err := lab.StartNginx(ctx, filepath.Join(folder, "recordings"))
	if err != nil {
		return err
	}
	defer join(&err, nginx.Close)
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
	ours, theirs := p.URL+"/v1/recordings/"+largeID+"/audio", nginx.URL+"/"+file
	return errors.Join(b.compare(ctx, "whole", b.size, ours, theirs), b.compare(ctx, fmt.Sprintf("by %d MiB", rangePart>>20), rangePart, ours, theirs))
}

// rangeRounds is how often each side hands out the whole file.
const rangeRounds = 11

// compare takes the file from both sides in turn, in parts of that many bytes, and prints the medians.
func (b *bench) compare(ctx context.Context, name string, part int64, ours, theirs string) error {
	times := map[string][]time.Duration{}
	for range rangeRounds {
		for _, address := range []string{ours, theirs} {
			began := time.Now()
			if err := b.takeParts(ctx, address, part); err != nil {
				return fmt.Errorf("%s: %w", address, err)
			}
			times[address] = append(times[address], time.Since(began))
		}
	}
	rate := func(address string) float64 { return float64(b.size>>20) / percentile(times[address], 50).Seconds() }
	ratio := rate(ours) / rate(theirs)
	b.print("  %5d MiB %-9s %6.0f MiB a second, %.2f × nginx (%.0f)", b.size>>20, name, rate(ours), ratio, rate(theirs))
	if ratio < leastRange {
		return fmt.Errorf("%d MiB %s: %.2f of nginx's rate; at least %.2f is wanted", b.size>>20, name, ratio, leastRange)
	}
	return nil
}

// takeParts reads the file part by part on one connection; one part that is all of it is asked for without Range.
func (b *bench) takeParts(ctx context.Context, address string, part int64) error {
	buffer := make([]byte, 256<<10)
	for from := int64(0); from < b.size; from += part {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		want := http.StatusOK
		if part < b.size {
			want = http.StatusPartialContent
			request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, min(from+part, b.size)-1))
		}
		if err := take(request, want, min(part, b.size-from), buffer); err != nil {
			return err
		}
	}
	return nil
}

// take reads an answer to its end and insists on its status and length.
func take(request *http.Request, status int, size int64, buffer []byte) error {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != status {
		words, err := io.ReadAll(io.LimitReader(response.Body, 300))
		return errors.Join(fmt.Errorf("%s: %s", response.Status, words), err)
	}
	// io.Discard's own buffer is so small that it would be the reader, not the server, that is measured.
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, response.Body, buffer)
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes came instead of %d", n, size)
	}
	return err
}
